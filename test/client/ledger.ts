import { routes } from '@tidemark/api/contract/index';
import type { Route } from '@tidemark/api/contract/route';
import { ApiError, type Client, NetworkError } from '@tidemark/client';
import type { FinishBody, LogCall } from './types.ts';

const now = 1_764_000_000_000;

/** The rules of the server's log and finish for one run, in memory; calls may be lost before or after they take effect. */
export class Ledger {
  readonly points: { key: string; step: number; value: number | string }[] = [];
  acked = 0;
  created = 0;
  outcome: string | null = null;
  calls = 0;
  /** Decides each call's fate: `lost` never arrives, `unanswered` takes effect but the answer is lost. */
  fate: () => 'ok' | 'lost' | 'unanswered' | 'busy' = () => 'ok';
  cancel = false;
  /** A call with this key is refused whole. */
  refusedKey: string | null = null;

  readonly client: Client = {
    url: 'http://ledger',
    project: 'default',
    base: 'http://ledger/api/v1',
    call: (async (route: Route, input: { body: unknown }) => {
      this.calls++;
      const fate = this.fate();
      if (fate === 'lost') throw new NetworkError('http://ledger', 'lost');
      if (fate === 'busy') throw new ApiError({ code: 'unavailable', status: 503, message: 'busy' });
      const reply = this.#take(route, input.body);
      if (fate === 'unanswered') throw new NetworkError('http://ledger', 'unanswered');
      return reply;
    }) as Client['call'], // one function for the three routes that a script's run uses
  };

  #take(route: Route, body: unknown): unknown {
    if (route === routes.createRun) {
      this.created++;
      return { id: 'x', session: { attempt: 1, token: 't', ackedSeq: this.acked, nextSeconds: 5 } };
    }
    if (route === routes.logRun) return this.#log(body as LogCall);
    if (route === routes.finishRun) return this.#finish(body as FinishBody);
    throw new Error(`unexpected ${route.path}`);
  }

  #log({ firstSeq, lastSeq, series = [] }: LogCall): unknown {
    const reply = () => ({
      ackedSeq: this.acked,
      cancel: this.cancel,
      prune: false,
      drain: false,
      leaseSeconds: 60,
      nextSeconds: 5,
    });
    if (this.outcome) throw new ApiError({ code: 'stale_attempt', status: 409, message: 'ended' });
    if (lastSeq! <= this.acked) return reply();
    if (firstSeq !== this.acked + 1)
      throw new ApiError({ code: 'conflict', status: 409, message: `acked ${this.acked}` });
    if (series.some(({ key }) => key === this.refusedKey)) {
      throw new ApiError({ code: 'invalid_request', status: 400, message: `${this.refusedKey} is one key too many.` });
    }
    for (const { key, steps, values } of series) {
      for (const [i, step] of steps.entries()) this.points.push({ key, step, value: values[i]! });
    }
    this.acked = lastSeq!;
    return reply();
  }

  #finish({ finalSeq, outcome }: FinishBody): unknown {
    if (finalSeq > this.acked) throw new ApiError({ code: 'metrics_pending', status: 409, message: 'pending' });
    if (this.outcome && this.outcome !== outcome)
      throw new ApiError({ code: 'conflict', status: 409, message: 'ended' });
    this.outcome = outcome;
    return { id: 'x', status: outcome, endedAt: now };
  }
}
