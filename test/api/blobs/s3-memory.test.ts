import { createHash } from 'node:crypto';
import { openS3 } from '@tidemark/api/node/s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenS3, openS3Server } from '../../support/open-s3.ts';

const PIECE = 2 ** 16;
const PIECES = 3200;
const MOST = 110 * 2 ** 20;

let s3: OpenS3;
beforeAll(async () => {
  s3 = await openS3Server();
});
afterAll(() => s3.close());

/** 200 MiB of which none is kept by who makes it. */
function source(): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        if (at === PIECES) controller.close();
        else controller.enqueue(new Uint8Array(PIECE).fill(at++));
      },
    },
    { highWaterMark: 0 },
  );
}

async function most(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().arrayBuffers;
  let top = before;
  const timer = setInterval(() => {
    top = Math.max(top, process.memoryUsage().arrayBuffers);
  }, 5);
  try {
    await work();
    return top - before;
  } finally {
    clearInterval(timer);
  }
}

// What is not collected yet counts too: V8 collects at the latest after some 64 MB.
test('a body on its way to S3 is not held in memory', { timeout: 120_000 }, async () => {
  const store = openS3(s3.settings, 'mine');
  const hash = createHash('sha256');
  for await (const piece of source()) hash.update(piece);
  const blob = { digest: hash.digest('hex'), size: PIECE * PIECES };
  expect(await most(() => store.put(source(), { ...blob, limit: blob.size }))).toBeLessThan(MOST);
  const handle = await store.parts.begin(blob);
  const place = { ...blob, part: 1, offset: 0 };
  expect(await most(() => store.parts.put(handle, place, source()))).toBeLessThan(MOST);
  await store.parts.abort(handle);
  expect(await store.size(blob.digest)).toBe(blob.size);
});
