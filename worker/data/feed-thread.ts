import { parentPort, workerData } from 'node:worker_threads';
import { stepsPerEpoch } from '@tidemark/training/split';
import { BatchMaker } from './batches.ts';
import type { FromFeed, SetName, SetSpec, ToFeed } from './feed-messages.ts';

// The thread that prepares batches. It also watches over the process: the training step blocks the main thread inside native
// code, so only another thread can notice that the supervisor is gone and end a trainer that would go on without one.

const port = parentPort!;
const makers = new Map<SetName, { spec: SetSpec; maker: BatchMaker }>();
const memory: { images: ArrayBuffer; labels: ArrayBuffer }[] = [];
let stream: { id: number; spec: SetSpec; maker: BatchMaker; epoch: number; next: number; total: number } | null = null;
let scheduled = false;

port.on('message', (message: ToFeed) => {
  if (message.type === 'memory') memory.push(message);
  else if (message.type === 'set') {
    makers.get(message.name)?.maker.close();
    makers.set(message.name, { spec: message.spec, maker: new BatchMaker(message.spec) });
  } else if (message.type === 'close') stream = null;
  else {
    const { spec, maker } = makers.get(message.name)!;
    const total = stepsPerEpoch(spec.places.length, spec.batchSize);
    stream = { id: message.stream, spec, maker, epoch: message.epoch, next: message.from, total };
  }
  schedule();
});

/** One batch a turn, so that messages are heard in between. */
function schedule(): void {
  if (scheduled || !stream || memory.length === 0 || stream.next >= stream.total) return;
  scheduled = true;
  setImmediate(() => {
    scheduled = false;
    produce();
    schedule();
  });
}

function produce(): void {
  if (!stream || stream.next >= stream.total) return;
  const buffers = memory.pop();
  if (!buffers) return;
  const { id, spec, maker, epoch } = stream;
  const batch = stream.next++;
  try {
    const { images, labels } = buffers;
    const size = spec.batchSize * spec.outputs;
    const count = maker.fill(
      epoch,
      batch,
      new Float32Array(images),
      new Float32Array(labels, 0, size),
      new Float32Array(labels, size * 4, spec.batchSize),
    );
    const message: FromFeed = { type: 'batch', stream: id, batch, count, images, labels };
    port.postMessage(message, [images, labels]);
  } catch (error) {
    const message: FromFeed = {
      type: 'error',
      stream: id,
      message: error instanceof Error ? error.message : String(error),
    };
    port.postMessage(message);
    stream = null;
  }
}

const { parent } = workerData as { parent: number };
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, 1000).unref();
