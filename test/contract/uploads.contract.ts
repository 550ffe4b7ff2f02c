import { createHash, randomBytes } from 'node:crypto';
import type { Artifact } from '@tidemark/api/contract/artifacts';
import type { Upload } from '@tidemark/api/contract/uploads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claim, hello, type RunBody, register } from './documents.ts';
import type { FrontServer, OpenFront } from './front-server.ts';
import { Caller } from './server.ts';

const MIB = 2 ** 20;
const DAY = 86_400_000;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const contentDigest = (bytes: Uint8Array): string => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;
const random = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(size));

interface Offer {
  stored: boolean;
  upload: Upload | null;
  artifact: Artifact | null;
}

export function frontSuite(open: OpenFront): void {
  describe('artifacts in parts', () => {
    let server: FrontServer;
    let token: string;
    let user: Caller;
    let run: RunBody;
    beforeAll(async () => {
      server = await open();
      token = await server.token('write');
      user = new Caller(server, token);
      run = await register(user, { requires: ['nobody=yes'] });
    });
    afterAll(() => server.close());

    const begin = (path: string, bytes: Uint8Array, more: object = {}) =>
      user.ok<Offer>('POST', `/runs/${run.id}/artifacts/${path}/parts`, {
        digest: sha256(bytes),
        size: bytes.length,
        ...more,
      });
    const put = (digest: string, part: number, bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
      server.fetch(`/api/v1/blobs/${digest}/parts/${part}`, {
        method: 'PUT',
        body: bytes,
        headers: { authorization: `Bearer ${token}`, 'content-digest': contentDigest(bytes), ...headers },
      });
    const partsOf = (bytes: Uint8Array<ArrayBuffer>, size: number) =>
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));
    const complete = (digest: string) => user.send('POST', `/blobs/${digest}/complete`);
    const download = async (path: string) => {
      const response = await server.fetch(`/api/v1/runs/${run.id}/artifacts/${path}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return response.status === 200 ? sha256(new Uint8Array(await response.arrayBuffer())) : response.status;
    };

    test('parts in any order; a second client goes on; the whole is checked and named', async () => {
      const bytes = random(17 * MIB + 5);
      const digest = sha256(bytes);
      const { stored, upload, artifact } = await begin('deep/model.bin', bytes);
      expect([stored, artifact]).toEqual([false, null]);
      expect(upload).toMatchObject({ digest, size: bytes.length, partSize: 8 * MIB, parts: [] });
      const parts = partsOf(bytes, 8 * MIB);
      expect(await (await put(digest, 3, parts[2]!)).json()).toEqual({
        part: 3,
        digest: sha256(parts[2]!),
        size: MIB + 5,
      });
      expect((await put(digest, 1, parts[0]!)).status).toBe(200);
      // The answer was lost: the same again.
      expect((await put(digest, 1, parts[0]!)).status).toBe(200);
      expect(await complete(digest)).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });

      const again = await begin('deep/model.bin', bytes);
      expect(again.upload?.parts.map(({ part }) => part)).toEqual([1, 3]);
      expect(await user.ok('GET', `/blobs/${digest}/parts`)).toEqual(again.upload);
      expect((await put(digest, 2, parts[1]!)).status).toBe(200);
      expect(await download('deep/model.bin')).toBe(404);
      expect((await complete(digest)).body).toEqual({ digest, size: bytes.length });
      expect((await complete(digest)).status).toBe(200);
      expect(await user.fails('GET', `/blobs/${digest}/parts`)).toMatchObject({ code: 'not_found' });

      const done = await begin('deep/model.bin', bytes, { contentType: 'text/csv' });
      expect(done).toMatchObject({
        stored: true,
        upload: null,
        artifact: { digest, path: 'deep/model.bin', contentType: 'text/csv' },
      });
      expect(await download('deep/model.bin')).toBe(digest);
    });

    test('what is stored is not sent again, under whatever name', async () => {
      const bytes = random(9 * MIB);
      const digest = sha256(bytes);
      const first = await server.fetch(`/api/v1/runs/${run.id}/artifacts/one`, {
        method: 'PUT',
        body: bytes,
        headers: { authorization: `Bearer ${token}`, 'content-digest': contentDigest(bytes) },
      });
      expect(first.status).toBe(201);
      expect(await begin('two', bytes)).toMatchObject({ stored: true, artifact: { path: 'two', digest } });
      expect(await download('two')).toBe(digest);
      expect(await user.ok('POST', `/blobs/${digest}/parts`, { size: bytes.length })).toEqual({
        stored: true,
        upload: null,
      });
      expect(await user.fails('POST', `/blobs/${digest}/parts`, { size: 1 })).toMatchObject({
        code: 'invalid_request',
      });
    });

    test('what fits one request gets no parts', async () => {
      for (const size of [0, 1000]) {
        const bytes = random(size);
        expect(await begin('small', bytes)).toMatchObject({ stored: false, artifact: null });
      }
    });

    test('a part of other bytes, another size or without its digest is refused, and the right one is taken', async () => {
      const bytes = random(8 * MIB + 100);
      const digest = sha256(bytes);
      await begin('parts', bytes);
      const [, last] = partsOf(bytes, 8 * MIB);
      const other = random(100);
      expect((await put(digest, 2, other, { 'content-digest': contentDigest(last!) })).status).toBe(400);
      expect((await put(digest, 2, random(99))).status).toBe(400);
      expect((await put(digest, 3, random(100))).status).toBe(404);
      expect((await put(digest, 0, random(100))).status).toBe(400);
      expect((await put(sha256(other), 1, other)).status).toBe(404);
      const bare = await server.fetch(`/api/v1/blobs/${digest}/parts/2`, {
        method: 'PUT',
        body: last!,
        headers: { authorization: `Bearer ${token}` },
      });
      expect(bare.status).toBe(400);
      expect((await user.ok<Upload>('GET', `/blobs/${digest}/parts`)).parts).toEqual([]);
      expect((await put(digest, 2, last!)).status).toBe(200);
      expect((await user.delete(`/blobs/${digest}/parts`)).status).toBe(200);
      expect(await user.fails('DELETE', `/blobs/${digest}/parts`)).toMatchObject({ code: 'not_found' });
      expect(await complete(digest)).toMatchObject({ status: 404 });
    });

    test('parts that are together something else are refused and forgotten', async () => {
      const [meant, came] = [random(8 * MIB + 10), random(8 * MIB + 10)];
      const digest = sha256(meant);
      await begin('wrong', meant);
      for (const [i, part] of partsOf(came, 8 * MIB).entries())
        expect((await put(digest, i + 1, part)).status).toBe(200);
      expect(await complete(digest)).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
      expect(await user.fails('GET', `/blobs/${digest}/parts`)).toMatchObject({ code: 'not_found' });
      expect(await begin('wrong', meant)).toMatchObject({ stored: false, upload: { parts: [] } });
    });

    test('an upload is kept for a day after its last part', async () => {
      const bytes = random(8 * MIB + 1);
      const digest = sha256(bytes);
      await begin('slow', bytes);
      await server.advance(DAY / 2);
      const [, last] = partsOf(bytes, 8 * MIB);
      expect((await put(digest, 2, last!)).status).toBe(200);
      const { expiresAt } = await user.ok<Upload>('GET', `/blobs/${digest}/parts`);
      expect(expiresAt).toBe(server.now() + DAY);
    });

    test('names that are no path in a run, sizes that are none, scopes that may not', async () => {
      const digest = 'a'.repeat(64);
      for (const path of ['%2fetc/passwd', 'a%5c..%5cb', 'a%00b', 'x'.repeat(1025)]) {
        const reply = await user.send('POST', `/runs/${run.id}/artifacts/${path}/parts`, { digest, size: 1 });
        expect([400, 404], path).toContain(reply.status);
      }
      for (const body of [
        { digest, size: -1 },
        { digest, size: 1.5 },
        { digest: 'x', size: 1 },
        { digest, size: 1, more: 1 },
      ]) {
        expect(await user.fails('POST', `/runs/${run.id}/artifacts/a/parts`, body)).toMatchObject({
          code: 'invalid_request',
        });
      }
      expect(await user.fails('POST', `/runs/${'0'.repeat(32)}/artifacts/a/parts`, { digest, size: 1 })).toMatchObject({
        code: 'not_found',
      });
      expect(await user.fails('POST', `/blobs/${digest}/parts`, { size: 2 ** 49 })).toMatchObject({
        code: 'too_large',
      });
      const reader = await Caller.of(server, 'read');
      expect(await reader.fails('POST', `/blobs/${digest}/parts`, { size: 1 })).toMatchObject({ code: 'forbidden' });
    });

    test('a worker names artifacts only of a run whose lease it holds', async () => {
      const worker = await Caller.of(server, 'worker');
      const body = { digest: 'b'.repeat(64), size: 10 };
      expect(await worker.fails('POST', `/runs/${run.id}/artifacts/a/parts`, body)).toMatchObject({
        code: 'forbidden',
      });
      await hello(worker, 'w', { labels: ['parts=yes'] });
      await register(user, { requires: ['parts=yes'] });
      const lease = (await claim(worker, 'w', ['parts=yes']))!;
      const secret = await server.token('worker');
      const ask = (held: string) =>
        server.fetch(`/api/v1/runs/${lease.run}/artifacts/a/parts`, {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', 'tidemark-lease': held },
        });
      expect((await ask(`${lease.attempt}.${lease.token}`)).status).toBe(200);
      expect((await ask(`${lease.attempt}.other`)).status).toBe(409);
    });
  });
}
