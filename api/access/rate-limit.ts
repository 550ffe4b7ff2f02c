import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { createBuckets, type Left } from './bucket.ts';

/** Seconds of requests that may come at once. */
const BURST_SECONDS = 10;

export interface RateLimit {
  /** Counts a request; `tell` gets the headers that say what is left, unless nothing is limited. Errors: rate_limited. */
  take(principal: Principal, tell: (headers: Record<string, string>) => void): void;
  /** Counts a refused credential of an address. Errors: rate_limited, in the place of the refusal, when there were too many. */
  refused(address: string): void;
}

/**
 * Rate limits of one project, in memory: nothing is written for them. Headers as in draft-ietf-httpapi-ratelimit-headers-10: `RateLimit`
 * says what is left (r) and in how many seconds all is back (t), `RateLimit-Policy` how many (q) in how many seconds (w).
 */
export function createRateLimit(deps: Deps): RateLimit {
  const requests = createBuckets();
  const refusals = createBuckets();
  return {
    take(principal, tell) {
      const rate = principal.rate ?? deps.limits.requestsPerSecond;
      if (rate === 0) return;
      const burst = rate * BURST_SECONDS;
      const left = requests.take(keyOf(principal), rate, burst, deps.now());
      tell({
        'ratelimit-policy': `"requests";q=${burst};w=${BURST_SECONDS}`,
        ratelimit: `"requests";r=${left.remaining};t=${Math.ceil(left.reset)}`,
      });
      if (!left.allowed) throw limited(`Too many requests: ${rate} a second, ${burst} at once.`, left);
    },
    refused(address) {
      const { refusalsPerMinute } = deps.limits;
      if (refusalsPerMinute === 0) return;
      const left = refusals.take(address, refusalsPerMinute / 60, refusalsPerMinute, deps.now());
      if (!left.allowed) throw limited('Too many refused credentials from this address.', left);
    },
  };
}

const keyOf = ({ tokenId, memberId, userId, name }: Principal): string =>
  tokenId !== null ? `token ${tokenId}` : memberId != null ? `member ${memberId}` : `other ${userId ?? name}`;

const limited = (message: string, { wait }: Left): ApiError =>
  new ApiError('rate_limited', message, { retryAfter: Math.max(1, Math.ceil(wait)) });
