/** `17,18,40-52` → ordinals in ascending order; null for anything else. At most 1,000. */
export function parseOrdinals(text: string): number[] | null {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part);
    if (!match) return null;
    const from = Number(match[1]);
    const to = match[2] === undefined ? from : Number(match[2]);
    if (from < 1 || to < from || to - from >= 1000) return null;
    for (let ordinal = from; ordinal <= to; ordinal++) found.add(ordinal);
    if (found.size > 1000) return null;
  }
  return [...found].sort((a, b) => a - b);
}

/** Runs of three or more become a range. */
export function formatOrdinals(ordinals: readonly number[]): string {
  const sorted = [...new Set(ordinals)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    const from = sorted[i] as number;
    let j = i;
    while (sorted[j + 1] === (sorted[j] as number) + 1) j++;
    const to = sorted[j] as number;
    if (j - i >= 2) parts.push(`${from}-${to}`);
    else for (let k = i; k <= j; k++) parts.push(String(sorted[k]));
    i = j + 1;
  }
  return parts.join(',');
}
