/** Index of the value nearest to x in an ascending array; −1 when it is empty. */
export function nearest(xs: ArrayLike<number>, x: number): number {
  let low = 0;
  let high = xs.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && x - (xs[low - 1] as number) <= (xs[low] as number) - x) return low - 1;
  return low;
}

/** The share of the window by which a pointer may miss a line's ends and still mean them. */
export const REACH = 0.03;

/** Whether an ascending array reaches x, give or take `room`. */
export function covers(xs: readonly number[], x: number, room: number): boolean {
  const first = xs[0];
  const last = xs[xs.length - 1];
  return first !== undefined && last !== undefined && x >= first - room && x <= last + room;
}
