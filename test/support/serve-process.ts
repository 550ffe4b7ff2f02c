import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));

export interface ServeProcess {
  url: string;
  token: string;
  dataDir: string;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** Again, on the same port and data. */
  restart(): Promise<void>;
  /** SIGTERM, and the data folder goes. */
  close(): Promise<void>;
}

/** A real `tidemark serve` in a process of its own, on a free port and, unless told otherwise, an empty data folder. */
export async function serveProcess(
  dataDir: string = mkdtempSync(join(tmpdir(), 'tidemark-serve-')),
): Promise<ServeProcess> {
  const env = { ...process.env, TIDEMARK_URL: '', TIDEMARK_TOKEN: '', TIDEMARK_DATA_DIR: '' };
  let child: ChildProcess;
  const start = async (port: string) => {
    const wanted = ['serve', '--dev', '--json', '--port', port, '--data-dir', dataDir];
    child = spawn(process.execPath, [bin, ...wanted], { stdio: ['ignore', 'pipe', 'inherit'], env });
    const exited = once(child, 'exit').then(([code]) => {
      throw new Error(`serve ended with ${String(code)}`);
    });
    const line = await Promise.race([firstLine(child), exited]);
    exited.catch(() => {});
    return JSON.parse(line) as { url: string };
  };
  const { url } = await start('0');
  const { token } = JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as { token: string };
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  return {
    url,
    token,
    dataDir,
    kill: () => end('SIGKILL'),
    restart: async () => void (await start(new URL(url).port)),
    close: async () => {
      await end('SIGTERM');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout!) {
    text += String(chunk);
    const end = text.indexOf('\n');
    if (end >= 0) {
      // What follows must still be read, or the process would block on a full pipe.
      child.stdout!.resume();
      return text.slice(0, end);
    }
  }
  throw new Error(`serve said nothing but ${JSON.stringify(text)}`);
}
