import { setTimeout as delay } from 'node:timers/promises';
import { smallerBatch } from '@tidemark/training/smaller-batch';
import { Feed } from './data/feed.ts';
import { DeviceMissing } from './devices/choose-device.ts';
import { onChosenDevice } from './devices/on-chosen-device.ts';
import { type EngineName, openEngine } from './engine/index.ts';
import { OutOfMemory, recogniseOutOfMemory } from './engine/out-of-memory.ts';
import { type FromTrainer, monotonicMs, type ToTrainer } from './messages.ts';
import { Gate } from './train/gate.ts';
import { line, type Port } from './train/port.ts';
import { trainRun } from './train/run.ts';
import { warmUp } from './train/warm-up.ts';
import { TrainingError } from './training-error.ts';

// The trainer's process: one run, then it ends. It owns no lease and makes no call that changes anything.

let done = false;
process.on('disconnect', () => process.exit(done ? 0 : 1));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
if (!process.connected) {
  console.error('This process is started by `tidemark worker`.');
  process.exit(2);
}

const port: Port = {
  send: (message: FromTrainer) => void process.send?.(message),
  now: Date.now,
  monotonic: monotonicMs,
};
let gate: Gate | null = null;

process.on('message', (message: ToTrainer) => {
  if (message.type === 'lease') gate?.renew(message.deadline);
  else if (message.type === 'stop') gate?.stop(message.reason);
  else if (!gate) void work(message);
});
// Its thread loads its modules while the worker is idle.
const feed = new Feed();
const engine = openEngine(process.argv[2] as EngineName); // given by trainer-process.ts
await engine.then(warmUp).catch(() => {}); // what is wrong with it is the run's error
port.send({ type: 'ready' });

async function work({ assignment }: Extract<ToTrainer, { type: 'start' }>): Promise<void> {
  gate = new Gate(assignment.deadline, monotonicMs, () =>
    line(port, 'warn', 'The lease ran out while the server does not answer: training waits for it.'),
  );
  const last: FromTrainer = await run(assignment, gate);
  done = true;
  // Exiting before the channel is drained would lose the last messages.
  process.send?.(last, () => process.disconnect());
}

async function run(
  assignment: Extract<ToTrainer, { type: 'start' }>['assignment'],
  open: Gate,
): Promise<Extract<FromTrainer, { type: 'end' }>> {
  try {
    const retry = { sleep: (ms: number) => delay(ms), rng: Math.random };
    const { findings, device: flag, deviceSlot: slot } = assignment.options;
    const tell = (text: string) => line(port, 'warn', text);
    const chosen = onChosenDevice(await engine, { findings, flag, slot, tell });
    const outcome = await trainRun(assignment, { engine: chosen, feed, gate: open, port, retry });
    return { type: 'end', outcome };
  } catch (error) {
    if (error instanceof TrainingError) {
      return { type: 'end', outcome: 'failed', error: { code: error.code, message: error.message } };
    }
    if (error instanceof DeviceMissing) {
      return { type: 'end', outcome: 'failed', error: { code: 'device_missing', message: error.message } };
    }
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    if (stack) line(port, 'debug', stack);
    if (recogniseOutOfMemory(error) instanceof OutOfMemory) {
      const told = `Out of memory. ${smallerBatch(assignment.run.config)} (${message.split('\n')[0]?.slice(0, 1000)})`;
      return { type: 'end', outcome: 'failed', error: { code: 'out_of_memory', message: told } };
    }
    return { type: 'end', outcome: 'failed', error: { code: 'training_failed', message: message.slice(0, 10_000) } };
  }
}
