import type { LiveReply } from '@tidemark/api/contract/metrics';

type Terms = Pick<LiveReply, 'leaseSeconds' | 'nextSeconds'>;

/**
 * How long an attempt may go on, by this machine's monotonic clock. The server extends a lease when a request reaches it, which
 * is after the request was sent; so counting from before sending never believes in more time than the server gives.
 */
export class Lease {
  #deadline: number;
  #nextSeconds: number;

  /** @param sentAt monotonic ms, read before the request that brought the lease was sent. */
  constructor(sentAt: number, terms: Terms) {
    this.#deadline = sentAt + terms.leaseSeconds * 1000;
    this.#nextSeconds = terms.nextSeconds;
  }

  /** Replies may arrive out of order: a deadline never moves back. */
  renew(sentAt: number, terms: Terms): void {
    this.#deadline = Math.max(this.#deadline, sentAt + terms.leaseSeconds * 1000);
    this.#nextSeconds = terms.nextSeconds;
  }

  /** Monotonic ms after which no step and no checkpoint may start. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Ms between two calls, as the server wants it; never so long that one lost call costs the lease. */
  get intervalMs(): number {
    return Math.max(100, this.#nextSeconds * 1000);
  }
}
