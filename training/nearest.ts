/** Edits (insert, delete, replace, swap of neighbours) between two words: the optimal string alignment distance. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** The known word that a typo most likely meant, if any is near enough. Case, `_` and `-` do not count. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.slice(0, 64).toLowerCase().replace(/[-_ ]/g, '');
  const target = plain(word);
  const ranked = known
    .map((name) => {
      const candidate = plain(name);
      // Part of a known word (`gpu` of `webgpu`) is nearer than any misspelling.
      const part = target.length >= 3 && candidate.length > target.length && candidate.includes(target);
      return { name, distance: part ? 0.5 : editDistance(target, candidate) };
    })
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, Math.floor(target.length / 3)) ? best.name : undefined;
}
