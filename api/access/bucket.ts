interface Bucket {
  tokens: number;
  at: number;
}

/** What is left of a bucket after a request was taken from it, or that it was empty. */
export interface Left {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Seconds until one more request is allowed; 0 when one is. */
  readonly wait: number;
  /** Seconds until the bucket is full. */
  readonly reset: number;
}

/** Buckets are kept for so many keys; then those go that were asked for longest ago: they are the fullest. */
const MOST = 10_000;

/**
 * Token buckets by key, in memory: `rate` requests a second, and `burst` at once. `now` is in milliseconds; a clock that goes back
 * fills nothing.
 */
export function createBuckets(): { take(key: string, rate: number, burst: number, now: number): Left } {
  const buckets = new Map<string, Bucket>();
  return {
    take(key, rate, burst, now) {
      const bucket = buckets.get(key) ?? { tokens: burst, at: now };
      bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * rate);
      bucket.at = Math.max(bucket.at, now);
      const allowed = bucket.tokens >= 1;
      if (allowed) bucket.tokens -= 1;
      // Asked last, kept longest.
      buckets.delete(key);
      buckets.set(key, bucket);
      if (buckets.size > MOST) buckets.delete(buckets.keys().next().value!);
      return {
        allowed,
        remaining: Math.floor(bucket.tokens),
        wait: bucket.tokens >= 1 ? 0 : (1 - bucket.tokens) / rate,
        reset: (burst - bucket.tokens) / rate,
      };
    },
  };
}
