// npm run examples: runs every example on a server whose clock stands still and whose draws are always the same, and records the
// replies, which the OpenAPI document shows.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@tidemark/api/config';
import { startServer } from '@tidemark/api/node';
import { runExamples } from './examples.ts';

const START = 1_764_000_000_000;
let drawn = 0;
/** Not random at all: a recording differs from the one before only where a reply does. */
const rng = (length: number): Uint8Array =>
  Uint8Array.from({ length }, () => {
    drawn = (Math.imul(drawn, 1_664_525) + 1_013_904_223) >>> 0;
    return drawn >>> 24;
  });

const dataDir = await mkdtemp(join(tmpdir(), 'tidemark-examples-'));
const server = await startServer(readConfig({ dataDir, port: 0 }), { now: () => START, rng });
try {
  const ran = await runExamples((path, init) => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${server.token}`);
    return fetch(`${server.url}${path}`, { ...init, headers, redirect: 'manual' });
  });
  const recorded = Object.fromEntries(ran.map(({ name, contentType, body }) => [name, { contentType, body }]));
  const path = new URL('../../api/contract/docs/recorded.json', import.meta.url);
  await writeFile(path, `${JSON.stringify(recorded, null, 2)}\n`);
  console.error(`${ran.length} examples recorded`);
} finally {
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
}
