import type * as z from 'zod';
import type { Run, finishRun as route } from '../contract/runs.ts';
import type { Deps, Principal } from '../deps.ts';
import { finishAttempt } from '../leases/finish.ts';
import { getRun } from './get.ts';

type Body = z.output<typeof route.body>;

/** Ends a run that its own script writes. Errors: not_found, stale_attempt, metrics_pending. */
export async function finishRun(deps: Deps, principal: Principal, run: string, body: Body): Promise<Run> {
  await getRun(deps, run);
  const { attempt, token, finalSeq, outcome, error } = body;
  await finishAttempt(deps, { holder: { run, attempt, token }, finalSeq, outcome, error, actor: principal.name });
  return getRun(deps, run);
}
