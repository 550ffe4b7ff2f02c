import { parentPort, workerData } from 'node:worker_threads';
import { BatchMaker } from './batches.ts';
import type { FillTask, FromFeed, SetName, SetSpec, ToFeed } from './feed-messages.ts';
import { Ring } from './ring.ts';

// A thread that prepares batches. It also watches over the process: the training step blocks the main thread inside native
// code, so only another thread can notice that the supervisor is gone and end a trainer that would go on without one.

const port = parentPort!;
const makers = new Map<SetName, { spec: SetSpec; maker: BatchMaker }>();
let ring: Ring | null = null;

port.on('message', (message: ToFeed) => {
  if (message.type === 'ring') ring = new Ring(message.ring);
  else if (message.type === 'set') {
    makers.get(message.name)?.maker.close();
    makers.delete(message.name);
    makers.set(message.name, { spec: message.spec, maker: new BatchMaker(message.spec) });
  } else answer(message);
});

function answer(task: FillTask): void {
  let reply: FromFeed = { type: 'done', task: task.task };
  try {
    if (ring!.isOpen(task.stream)) fill(ring!, task);
  } catch (error) {
    reply = { type: 'error', task: task.task, message: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(reply);
}

function fill(into: Ring, { task, slot, name, epoch, batch }: FillTask): void {
  const { spec, maker } = makers.get(name)!;
  const { images, labels, weights } = into.arrays(slot, spec);
  into.filled(slot, task, maker.fill(epoch, batch, images, labels, weights));
}

const ready: FromFeed = { type: 'ready' };
port.postMessage(ready);

const { parent } = workerData as { parent: number };
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, 1000).unref();
