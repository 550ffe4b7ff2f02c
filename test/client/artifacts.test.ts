import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@tidemark/api/config';
import { createRun } from '@tidemark/api/contract/runs';
import { type RunningServer, startServer } from '@tidemark/api/node';
import { type Client, createClient } from '@tidemark/client';
import { downloadFile } from '@tidemark/client/node/artifacts/download-file';
import { uploadFile } from '@tidemark/client/node/artifacts/upload-file';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PAGES } from '../support/open-node.ts';
import { type OpenS3, openS3Server } from '../support/open-s3.ts';

const MIB = 2 ** 20;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const random = (size: number): Buffer => randomBytes(size);
const rng = () => 0;

describe.each(['disk', 's3'])('files to and from a server on %s', (kind) => {
  let folder: string;
  let s3: OpenS3 | undefined;
  let server: RunningServer;
  let run: string;
  let calls: string[] = [];
  let gate: (request: string) => void = () => {};
  let client: Client;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-files-'));
    s3 = kind === 's3' ? await openS3Server() : undefined;
    const env = s3 && {
      AWS_ENDPOINT_URL_S3: s3.settings.endpoint,
      AWS_ACCESS_KEY_ID: s3.settings.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.settings.secretAccessKey,
      TIDEMARK_ARTIFACTS: 's3://blobs/some/where',
    };
    server = await startServer(readConfig({ dataDir: join(folder, 'data'), port: 0 }, env ?? {}), { pages: PAGES });
    client = createClient({
      url: server.url,
      token: server.token,
      fetch: (input, init) => {
        const call = `${init?.method} ${new URL(String(input)).pathname.replace(/^\/api\/v1/, '').replaceAll(/[0-9a-f]{32,}/g, '…')}`;
        gate(call);
        calls.push(call);
        return fetch(input, init);
      },
    });
    run = (await client.call(createRun, { body: { experiment: 'files' } })).id;
  });
  afterAll(async () => {
    await server?.close();
    await s3?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const fileOf = async (bytes: Uint8Array): Promise<string> => {
    const file = join(folder, sha256(bytes).slice(0, 8));
    await writeFile(file, bytes);
    return file;
  };

  test('what is stored is not sent again', async () => {
    const bytes = random(17 * MIB);
    const file = await fileOf(bytes);
    let moved = 0;
    calls = [];
    const first = await uploadFile(client, { run, path: 'a/b', file, rng, onBytes: (count) => (moved += count) });
    expect(first).toMatchObject({
      sent: bytes.length,
      artifact: { path: 'a/b', digest: sha256(bytes), size: bytes.length },
    });
    expect(moved).toBe(bytes.length);
    // On S3 the bytes went straight there.
    expect(calls.filter((call) => call.startsWith('PUT')).length).toBe(kind === 's3' ? 0 : 3);
    const again = await uploadFile(client, { run, path: 'other', file, rng });
    expect(again).toMatchObject({ sent: 0, artifact: { path: 'other' } });
  });

  test.each([0, 1, 2 * MIB, 8 * MIB, 8 * MIB + 1])('%i bytes there and back', async (size) => {
    const bytes = random(size);
    const { artifact, sent } = await uploadFile(client, { run, path: `sizes/${size}`, file: await fileOf(bytes), rng });
    expect([artifact.size, artifact.digest, sent]).toEqual([size, sha256(bytes), size]);
    const file = join(folder, 'back', String(size));
    expect(await downloadFile(client, { artifact, file, rng })).toBe(size);
    expect(sha256(await readFile(file))).toBe(sha256(bytes));
    expect(await downloadFile(client, { artifact, file, rng })).toBe(0);
    expect(await readdir(join(folder, 'back'))).not.toContain(expect.stringMatching(/part$/));
  });

  test('an upload that is cut off goes on where it was', async () => {
    const bytes = random(33 * MIB);
    const file = await fileOf(bytes);
    const stop = new AbortController();
    let parts = 0;
    gate = (call) => {
      if (/parts\/\d+(\/confirm)?$/.test(call) && ++parts > 3) stop.abort(new Error('killed'));
    };
    await expect(uploadFile(client, { run, path: 'cut', file, rng, signal: stop.signal })).rejects.toThrow('killed');
    gate = () => {};
    const { sent, artifact } = await uploadFile(client, { run, path: 'cut', file, rng });
    expect(artifact.digest).toBe(sha256(bytes));
    expect(sent).toBeLessThanOrEqual(bytes.length - 8 * MIB);
    expect(sent).toBeGreaterThan(0);
  });

  test('a download that is cut off goes on; a damaged half is thrown away', async () => {
    const bytes = random(5 * MIB);
    const { artifact } = await uploadFile(client, { run, path: 'down', file: await fileOf(bytes), rng });
    const part = (file: string) => `${file}.${artifact.digest.slice(0, 12)}.part`;
    const cut = join(folder, 'cut');
    await writeFile(part(cut), bytes.subarray(0, 3 * MIB));
    expect(await downloadFile(client, { artifact, file: cut, rng })).toBe(2 * MIB);
    expect(sha256(await readFile(cut))).toBe(artifact.digest);
    const damaged = join(folder, 'damaged');
    await writeFile(part(damaged), random(3 * MIB));
    let moved = 0;
    await downloadFile(client, { artifact, file: damaged, rng, onBytes: (count) => (moved += count) });
    expect([sha256(await readFile(damaged)), moved]).toEqual([artifact.digest, bytes.length]);
    const long = join(folder, 'long');
    await writeFile(part(long), random(6 * MIB));
    await downloadFile(client, { artifact, file: long, rng });
    expect(sha256(await readFile(long))).toBe(artifact.digest);
  });

  test('a store out of reach is reached through the server', async () => {
    if (!s3) return;
    const bytes = random(9 * MIB);
    const real = globalThis.fetch;
    const { endpoint } = s3.settings;
    // As on a machine that no route leads from to the store: the server's own requests are of this process too, and go on.
    globalThis.fetch = (input, init) =>
      String(input).startsWith(endpoint!) && String(input).includes('X-Amz-Signature')
        ? Promise.reject(new TypeError('no route'))
        : real(input, init);
    try {
      calls = [];
      const { artifact } = await uploadFile(client, { run, path: 'far', file: await fileOf(bytes), rng });
      expect(artifact.digest).toBe(sha256(bytes));
      expect(calls.filter((call) => call.startsWith('PUT')).length).toBe(2);
    } finally {
      globalThis.fetch = real;
    }
  });
});
