import { runCommand } from '../../cli/run-command.ts';

export interface Told {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * A command in this process: a process of its own costs a second of loading, three where the machine is busy. One at a time; for what a
 * signal or a kill does, or a worker prints, there is the real thing.
 */
export async function here(args: readonly string[], env: Record<string, string> = {}): Promise<Told> {
  const before = { env: { ...process.env }, exitCode: process.exitCode, log: console.log, error: console.error };
  const said = { out: '', err: '' };
  Object.assign(process.env, env);
  process.exitCode = undefined;
  console.log = (text = '') => {
    said.out += `${text}\n`;
  };
  console.error = (text = '') => {
    said.err += `${text}\n`;
  };
  try {
    await runCommand(args);
    return { code: Number(process.exitCode ?? 0), ...said };
  } finally {
    for (const name of Object.keys(env)) {
      if (before.env[name] === undefined) delete process.env[name];
      else process.env[name] = before.env[name];
    }
    process.exitCode = before.exitCode;
    console.log = before.log;
    console.error = before.error;
  }
}
