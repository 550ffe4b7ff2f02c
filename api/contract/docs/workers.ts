import { workerRoutes } from '../workers.ts';
import { docs } from './doc.ts';

const id = 'The worker’s id, which it chose.';

export const workerDocs = docs(workerRoutes, {
  helloWorker: {
    description:
      'Idempotent: the whole description each time. A worker that is not heard of for longer than it said is `lost`.',
    parameters: { id: 'An id of the worker’s choice, the same at each start.' },
    examples: {
      gpu: {
        params: { id: 'gpu-box-1' },
        body: {
          name: 'gpu box',
          labels: ['gpu'],
          slots: 1,
          engine: 'onnx',
          device: 'webgpu',
          host: {
            hostname: 'gpu-box',
            os: 'Linux 6.1',
            cpu: 'AMD Ryzen 9 7950X',
            cores: 32,
            memory: 68_719_476_736,
            gpus: ['NVIDIA GeForce RTX 4090'],
            node: '22.11.0',
            version: '0.1.0',
          },
        },
      },
    },
  },
  listWorkers: {
    description: 'With what each is running, and how many runs it finished.',
    examples: { all: { after: ['helloWorker'] } },
  },
  getWorker: {
    description: 'As in the list.',
    parameters: { id },
    examples: { one: { params: { id: 'gpu-box-1' }, after: ['helloWorker'] } },
  },
  drainWorker: {
    description: 'The worker is told at its next call.',
    parameters: { id },
    examples: { drain: { params: { id: 'gpu-box-1' }, body: { drain: true }, last: true, after: ['leaseFinish'] } },
  },
  queue: {
    description: 'Why a run waits is said in words: no worker has its labels, or all are busy.',
    examples: { all: { after: ['createRun'] } },
  },
});
