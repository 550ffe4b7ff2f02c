// A server from nothing: from the start of its process to the first answer, and its memory after a hundred requests.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchOptions, median } from './bench.ts';

const BIN = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
const ROUNDS = 7;
const REQUESTS = 100;

interface Round {
  readonly firstAnswerMs: number;
  readonly rssMb: number;
}

export async function bench({ report }: BenchOptions): Promise<void> {
  // Not counted: it builds the dashboard where that is missing, and brings the program into the disk's cache.
  await start(true);
  const rounds: Round[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const round = await start(false);
    console.error(`${round.firstAnswerMs.toFixed(0)} ms, ${round.rssMb.toFixed(0)} MB`);
    rounds.push(round);
  }
  const figure = (metric: string, value: number, unit: string) =>
    report({ bench: 'cold', metric, value: Number(value.toFixed(1)), unit, rounds: ROUNDS });
  figure('first_answer_ms', median(rounds.map((round) => round.firstAnswerMs)), 'ms');
  figure('rss_mb', median(rounds.map((round) => round.rssMb)), 'MB');
}

/** `tidemark serve` with an empty data folder. */
async function start(whole: boolean): Promise<Round> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tidemark-cold-'));
  const port = await freePort();
  const env = { ...process.env, TIDEMARK_URL: '', TIDEMARK_TOKEN: '', TIDEMARK_DATA_DIR: '' };
  const url = `http://127.0.0.1:${port}`;
  const began = performance.now();
  const server = spawn(process.execPath, [BIN, 'serve', '--json', '--port', String(port), '--data-dir', dataDir], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const ready = once(server.stdout, 'data');
    const ended = once(server, 'exit').then(([code]) => {
      throw new Error(`the server ended with ${String(code)}`);
    });
    ended.catch(() => {});
    await Promise.race([firstAnswer(url), ended]);
    const firstAnswerMs = performance.now() - began;
    if (whole) await Promise.race([ready, ended]);
    else await ask(url, dataDir);
    return { firstAnswerMs, rssMb: rssOf(server.pid!) };
  } finally {
    const gone = server.exitCode === null ? once(server, 'exit') : Promise.resolve();
    server.kill('SIGTERM');
    await gone;
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function firstAnswer(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/healthz`).catch(() => null);
    if (answer?.status === 200) {
      await answer.text();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a first visit asks for: pages, lists, a run, an artifact. */
async function ask(url: string, dataDir: string): Promise<void> {
  const path = join(dataDir, 'server.json');
  // The file comes a moment after the first answer.
  let text = '';
  while (text === '') text = await readFile(path, 'utf8').catch(() => '');
  const headers = { authorization: `Bearer ${(JSON.parse(text) as { token: string }).token}` };
  const call = async (where: string, init: RequestInit = {}): Promise<string> => {
    const response = await fetch(url + where, { ...init, headers });
    return response.text();
  };
  const run = JSON.parse(await call('/api/v1/runs', { method: 'POST', body: '{"experiment":"cold"}' })) as {
    id: string;
  };
  await call(`/api/v1/runs/${run.id}/artifacts/a.bin`, { method: 'PUT', body: new Uint8Array(1_000_000) });
  const visits = [
    '/',
    '/api/v1/experiments',
    '/api/v1/runs',
    `/api/v1/runs/${run.id}`,
    `/api/v1/runs/${run.id}/artifacts/a.bin`,
  ];
  for (let i = 2; i < REQUESTS; i++) await call(visits[i % visits.length]!);
}

/** Resident memory, as the system counts it. */
const rssOf = (pid: number): number =>
  (Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024) / 1e6;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
