import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { makePeers, pythonWith } from '../train/pythons.ts';

/** Starting takes most of it: of imports, and of the migrations of its database. */
const MOST_SECONDS = 60;

export interface MlflowServer {
  /** With its version. */
  readonly name: string;
  /** What the script prints for one measurement; null once a minute is over. */
  measure(): Promise<string | null>;
  stop(): void;
}

/**
 * MLflow's own server, to be measured beside ours, for a minute at most; null, with a note, where there is none. Where no Python has it, python3 makes an environment
 * with it, once; that takes longer.
 */
export async function startMlflow(what: 'ingest' | 'history', seconds: number): Promise<MlflowServer | null> {
  if (!pythonWith('mlflow')) makePeers('mlflow');
  const python = pythonWith('mlflow');
  if (!python) {
    console.error('mlflow: no python has it (npm run bench:peers installs it, TIDEMARK_PEERS_PYTHON names another)');
    return null;
  }
  const script = fileURLToPath(new URL('mlflow_server.py', import.meta.url));
  const child = spawn(python, [script, what, String(await freePort()), String(seconds)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  // Told to stop by the end of its input, it stops the server; so it is not killed.
  const overdue = setTimeout(() => child.stdin.end(), MOST_SECONDS * 1000);
  const late = new Promise<null>((resolve) => setTimeout(resolve, MOST_SECONDS * 1000, null).unref());
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => {
    const next = await Promise.race([lines.next(), late]);
    return next === null || next.done ? null : next.value;
  };
  const stop = () => {
    clearTimeout(overdue);
    child.stdin.end();
  };
  const name = await line();
  if (name === null) {
    console.error(`mlflow: its server did not answer within ${MOST_SECONDS} s`);
    stop();
    return null;
  }
  return {
    name,
    measure: () => {
      child.stdin.write('go\n');
      return line();
    },
    stop,
  };
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer();
    server.on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
