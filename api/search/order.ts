import type { SqlValue } from '@tidemark/db/database';

/** Rows by their sort values, as SQLite orders them: numbers before texts; missing values last either way. */
export function comparison(descending: readonly boolean[]): (a: readonly SqlValue[], b: readonly SqlValue[]) => number {
  return (a, b) => {
    for (let i = 0; i < a.length; i++) {
      const [x, y] = [a[i]!, b[i]!];
      if (x === y) continue;
      if (x === null || y === null) return x === null ? 1 : -1;
      const order =
        typeof x === 'string' && typeof y === 'string'
          ? byCodePoint(x, y)
          : typeof x === typeof y
            ? Number(x) - Number(y)
            : typeof x === 'number'
              ? -1
              : 1;
      if (order !== 0) return descending[i] ? -order : order;
    }
    return 0;
  };
}

/** SQLite compares UTF-8, whose order is that of code points; JavaScript's own is that of UTF-16. */
function byCodePoint(a: string, b: string): number {
  for (let i = 0; ; i++) {
    const [x, y] = [a.codePointAt(i), b.codePointAt(i)];
    if (x === y && x !== undefined) continue;
    return (x ?? -1) - (y ?? -1);
  }
}
