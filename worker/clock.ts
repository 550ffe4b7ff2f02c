/** Time and chance, passed in so that tests own them. */
export interface Clock {
  /** Wall clock, ms since 1970. */
  now(): number;
  /** The machine's monotonic clock, ms. */
  monotonic(): number;
  /** Resolves after so many ms; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}
