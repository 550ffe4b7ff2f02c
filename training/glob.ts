/** Whether a pattern matches a text as a whole: `*` is any run of characters, `?` is one. Linear but for the last star. */
export function globMatches(pattern: string, text: string): boolean {
  let [p, t] = [0, 0];
  let [star, resumed] = [-1, 0];
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      resumed = t;
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resumed;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Whether a list of patterns means a text: one of them matches, and none that begins with `!` takes it back. */
export const selects = (patterns: readonly string[], text: string): boolean =>
  patterns.some((pattern) => !pattern.startsWith('!') && globMatches(pattern, text)) &&
  !patterns.some((pattern) => pattern.startsWith('!') && globMatches(pattern.slice(1), text));

/** What a pattern's `*` and `?` stand for in a short text, each as short as it can be; null where it does not match. */
export function globCaptures(pattern: string, text: string): string[] | null {
  const source = pattern.replaceAll(/[^\w]/g, (char) => (char === '*' ? '(.*?)' : char === '?' ? '(.)' : `\\${char}`));
  return new RegExp(`^${source}$`, 's').exec(text)?.slice(1) ?? null;
}
