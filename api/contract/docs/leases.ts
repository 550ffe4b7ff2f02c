import { leaseRoutes } from '../leases.ts';
import { docs } from './doc.ts';

const at = 1_764_000_000_000;
const run = '{{claim.lease.run}}';
const fence = { attempt: 1, token: '{{claim.lease.token}}' };
const digest = '6d68d2a4954afad62b06249f4d2d5338208ea43cdf2c6573b6f9101b435f9d59';

export const leaseDocs = docs(leaseRoutes, {
  claim: {
    description:
      'The first queued run by priority, then by time, whose required labels are all the worker’s. No run: `lease` is null, and `nextSeconds` says when to ask again.',
    examples: {
      one: {
        body: { claimId: 'gpu-box-1.0001', worker: 'gpu-box-1', labels: ['gpu'] },
        after: ['createRun', 'helloWorker', 'updateRun'],
      },
      another: {
        body: { claimId: 'gpu-box-1.0002', worker: 'gpu-box-1' },
        after: ['claim', 'createRun/yaml', 'cancelRun'],
      },
    },
  },
  heartbeat: {
    description: 'Every call of a lease extends it; this one does only that.',
    examples: {
      training: {
        params: { run },
        body: { ...fence, progress: { epoch: 1, epochs: 30, step: 44, steps: 1320, phase: 'training' } },
      },
    },
  },
  leaseLog: {
    description:
      'Batches in order, each once: one that overlaps what is acknowledged changes nothing. The reply says `cancel`, `prune`, `drain`, and when to write again.',
    examples: {
      batch: {
        params: { run },
        body: {
          ...fence,
          firstSeq: 1,
          lastSeq: 2,
          series: [
            { key: 'loss', steps: [44], times: [at], values: [0.69] },
            { key: 'val_loss', steps: [44], times: [at], values: [0.68] },
          ],
        },
      },
    },
  },
  leaseCheckpoint: {
    description: 'The blob first (`PUT /blobs/{digest}`), then this. The best checkpoint and the newest are kept.',
    examples: {
      best: {
        params: { run },
        body: {
          ...fence,
          throughSeq: 2,
          step: 44,
          epoch: 1,
          digest,
          size: 13,
          kept: ['best', 'latest'],
          metrics: { val_loss: 0.68 },
        },
        after: ['leaseLog', 'putBlob'],
      },
    },
  },
  leaseFinish: {
    description:
      '`finalSeq` is the last batch sent: an end never overtakes its metrics. A failure with retries left queues the run again.',
    examples: {
      finished: {
        params: { run },
        body: { ...fence, finalSeq: 2, outcome: 'finished' },
        last: true,
        after: ['leaseCheckpoint', 'heartbeat'],
      },
    },
  },
  release: {
    description: 'What a worker does that must stop: the next one goes on from the last checkpoint.',
    examples: {
      drained: {
        params: { run: '{{claim/another.lease.run}}' },
        body: { attempt: 1, token: '{{claim/another.lease.token}}' },
      },
    },
  },
});
