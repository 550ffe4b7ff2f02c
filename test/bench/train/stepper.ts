import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { trainerEnvironment } from '@tidemark/worker/engine/environment';

export type What = 'step' | 'forward';

/** A program that trains a net, in a process of its own. It works only when asked. */
export interface Stepper {
  name: string;
  note: string;
  parameters: number;
  /** Milliseconds per pass. */
  run(what: What, passes: number): Promise<number[]>;
  /** The most memory it has held so far, in MB. */
  peakMemory(): Promise<number>;
  close(): Promise<void>;
}

interface Hello {
  name: string;
  note: string;
  parameters: number;
}

/**
 * Starts a script that is given a file with the net (`{layers, size, batch}`), says who it is in one line of JSON, and then
 * answers each line `step 3`, `forward 3` or `memory 1` with a list of numbers. Null when it could not start.
 */
export async function start(
  command: string,
  script: string,
  net: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Stepper | null> {
  const child = spawn(command, [script, net], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Everybody gets the huge pages that the worker gives its trainers.
    env: trainerEnvironment(env),
  });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    return done ? null : JSON.parse(value);
  };
  const hello = (await next()) as Hello | null; // the scripts in ../peers say so
  if (!hello) return null;
  const ask = async (what: string, count: number): Promise<number[]> => {
    child.stdin.write(`${what} ${count}\n`);
    const numbers = (await next()) as number[] | null;
    if (!numbers) throw new Error(`${hello.name} ended before it answered`);
    return numbers;
  };
  return {
    ...hello,
    run: ask,
    peakMemory: async () => (await ask('memory', 1))[0]!,
    async close() {
      child.stdin.end();
      await closed;
    },
  };
}
