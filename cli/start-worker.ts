import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface WorkerProcess {
  /** Asks it to checkpoint and give back what it runs, and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * A worker in a process group of its own, so that Ctrl-C reaches it once, through `stop`. The channel between the two processes
 * carries nothing: its end tells the worker that this process is gone.
 */
export function startWorker({
  url,
  token,
  dataDir,
  json,
}: {
  url: string;
  token: string;
  dataDir: string;
  json: boolean;
}): WorkerProcess {
  const bin = fileURLToPath(new URL('./bin.js', import.meta.url));
  const child = spawn(process.execPath, [bin, 'worker', '--api', url, ...(json ? ['--json'] : [])], {
    stdio: ['ignore', json ? 'ignore' : 'inherit', 'inherit', 'ipc'],
    detached: true,
    env: { ...process.env, TIDEMARK_TOKEN: token, TIDEMARK_DATA_DIR: dataDir },
  });
  let ended = false;
  let stopping = false;
  const gone = new Promise<void>((resolve) => {
    child.on('exit', (code, signal) => {
      ended = true;
      if (!stopping) {
        console.error(
          `The worker ended by itself (${signal ?? `exit code ${code}`}); \`npx tidemark worker\` starts another.`,
        );
      }
      resolve();
    });
    child.on('error', (error) => {
      ended = true;
      console.error(`The worker did not start: ${error.message}`);
      resolve();
    });
  });
  return {
    async stop() {
      stopping = true;
      if (ended) return;
      child.kill('SIGTERM');
      // What it did not manage to give back is resumed when its lease has run out.
      const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
      await gone;
      clearTimeout(late);
    },
  };
}
