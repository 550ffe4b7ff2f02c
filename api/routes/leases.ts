import type { leaseRoutes } from '../contract/leases.ts';
import { invalid } from '../errors.ts';
import type { Handlers } from '../handler.ts';
import { recordCheckpoint } from '../leases/checkpoint.ts';
import { claimRun } from '../leases/claim.ts';
import { finishAttempt } from '../leases/finish.ts';
import { heartbeat } from '../leases/heartbeat.ts';
import { releaseAttempt } from '../leases/release.ts';
import { appendBatch } from '../metrics/append.ts';

const holderOf = (run: string, { attempt, token }: { attempt: number; token: string }) => ({ run, attempt, token });

export const leaseHandlers: Handlers<typeof leaseRoutes> = {
  claim: ({ deps, principal }, { body }) => claimRun(deps, body, principal.experiments),
  heartbeat: ({ deps }, { params, body }) => heartbeat(deps, holderOf(params.run, body), body.progress),
  leaseLog: ({ deps }, { params, body }) => {
    if (body.lastSeq < body.firstSeq) {
      throw invalid(['lastSeq'], 'a batch ends where it starts or later', {
        value: body.lastSeq,
        allowed: `≥ ${body.firstSeq}`,
      });
    }
    return appendBatch(deps, holderOf(params.run, body), body);
  },
  leaseCheckpoint: ({ deps }, { params, body }) => recordCheckpoint(deps, holderOf(params.run, body), body),
  leaseFinish: async ({ deps, principal }, { params, body: { finalSeq, outcome, error, ...body } }) => {
    const holder = holderOf(params.run, body);
    return { status: await finishAttempt(deps, { holder, finalSeq, outcome, error, actor: principal.name }) };
  },
  release: async ({ deps, principal }, { params, body }) => ({
    status: await releaseAttempt(deps, holderOf(params.run, body), principal.name),
  }),
};
