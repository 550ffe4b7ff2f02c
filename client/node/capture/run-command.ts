import { execFile } from 'node:child_process';

interface Options {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** More output than this is none. */
  maxBytes?: number;
  timeoutMs?: number;
}

/** What a command prints; null when it is missing, fails, takes too long or prints too much. */
export function runCommand(command: string, args: readonly string[], options: Options = {}): Promise<string | null> {
  const { cwd, env, maxBytes = 1 << 20, timeoutMs = 5000 } = options;
  return new Promise((resolve) => {
    const done = (error: Error | null, stdout: string) => resolve(error ? null : stdout);
    try {
      const more = { ...(cwd === undefined ? {} : { cwd }), ...(env === undefined ? {} : { env }) };
      execFile(command, [...args], { ...more, timeout: timeoutMs, maxBuffer: maxBytes, windowsHide: true }, done);
    } catch {
      resolve(null);
    }
  });
}
