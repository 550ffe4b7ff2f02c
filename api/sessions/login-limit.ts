import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';

const WINDOW = 60_000;
const TRIES = 10;

/**
 * Refused logins an address may have in a minute. Kept in memory: a token's 191 bits are its protection, this only spares the
 * server a guesser's load. Errors: rate_limited.
 */
export function createLoginLimit(): {
  check(deps: Deps, address: string): void;
  failed(deps: Deps, address: string): void;
} {
  let began = 0;
  let failures = new Map<string, number>();
  const roll = (now: number): void => {
    if (now - began < WINDOW && failures.size < 10_000) return;
    began = now;
    failures = new Map();
  };
  return {
    check(deps, address) {
      const now = deps.now();
      roll(now);
      if ((failures.get(address) ?? 0) < TRIES) return;
      const retryAfter = Math.max(1, Math.ceil((began + WINDOW - now) / 1000));
      throw new ApiError('rate_limited', 'Too many refused logins from this address.', { retryAfter });
    },
    failed(deps, address) {
      roll(deps.now());
      failures.set(address, (failures.get(address) ?? 0) + 1);
    },
  };
}
