/** Seconds between one attempt and the next: the schedule that the Standard Webhooks specification gives, three days in all. */
const DELAYS = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
const DAY = 86_400;

/** Attempts of a message, the first included. */
export const MOST_ATTEMPTS = DELAYS.length + 1;

/**
 * Milliseconds until the next attempt after one that failed; null: there is none any more. Full jitter: anything up to the schedule's delay (`random`
 * in [0, 1)), at least a second, and no sooner than the receiver asked (`retryAfter` seconds, a day at most).
 */
export function retryDelay(attempt: number, random: number, retryAfter: number | null): number | null {
  const delay = DELAYS[attempt - 1];
  if (delay === undefined) return null;
  return Math.round(1000 * Math.max(1, delay * random, Math.min(retryAfter ?? 0, DAY)));
}
