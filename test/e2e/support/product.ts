import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../../cli/bin.js', import.meta.url));
const bare = { ...process.env, TIDEMARK_URL: '', TIDEMARK_TOKEN: '', TIDEMARK_DATA_DIR: '' };

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

export interface Product {
  url: string;
  /** Logs one browser in, once. */
  loginUrl: string;
  token: string;
  dataDir: string;
  /** A worker in a process of its own; answers what stops it. */
  work(): () => Promise<void>;
  close(): Promise<void>;
}

/** The product as a person starts it: `tidemark serve`, which builds the dashboard when its sources are newer. */
export async function startProduct(): Promise<Product> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tidemark-e2e-'));
  const server = spawn(process.execPath, [bin, 'serve', '--json', '--port', '0', '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: bare,
  });
  const lines = createInterface({ input: server.stdout! });
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(server, 'exit').then(([code]) => Promise.reject(new Error(`serve ended with ${String(code)}`))),
  ])) as [string];
  const { url, loginUrl } = JSON.parse(line) as { url: string; loginUrl: string };
  const { token } = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')) as { token: string };
  const workers: ChildProcess[] = [];
  return {
    url,
    loginUrl,
    token,
    dataDir,
    work() {
      const child = spawn(process.execPath, [bin, 'worker', '--api', url, '--json', '--threads', '1'], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...bare, TIDEMARK_TOKEN: token, TIDEMARK_DATA_DIR: join(dataDir, 'worker') },
      });
      workers.push(child);
      return () => stop(child);
    },
    async close() {
      for (const worker of workers) await stop(worker);
      await stop(server);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
