import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Failure } from '../failure.ts';
import { bytes } from '../terminal/format.ts';
import { progressLine } from '../terminal/screen.ts';

const MOST_BYTES = 2 ** 32 - 1;

/**
 * Downloads a file to `target` and checks that it is the one that was meant.
 * @param sha256 what its digest must be; the file is removed when it is another
 * @throws Failure with the digest that was found
 */
export async function fetchFile(url: string, target: string, sha256: string): Promise<void> {
  const response = await fetch(url).catch((error: unknown) => {
    const { cause } = error as { cause?: { message?: string } };
    throw new Failure(`${url} cannot be reached: ${cause?.message ?? String(error)}.`);
  });
  if (!response.ok || !response.body) throw new Failure(`${url} answers ${response.status} ${response.statusText}.`);
  const total = Number(response.headers.get('content-length') ?? 0);
  const line = progressLine();
  const hash = createHash('sha256');
  const file = createWriteStream(target);
  let size = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > MOST_BYTES) throw new Failure(`${url} has more than ${bytes(MOST_BYTES)}.`);
      hash.update(chunk);
      if (!file.write(chunk)) await new Promise<void>((resolve) => file.once('drain', () => resolve()));
      line.show(`downloading ${bytes(size)}${total > 0 ? ` of ${bytes(total)}` : ''}`);
    }
    await new Promise<void>((resolve, reject) => {
      file.once('error', reject);
      file.end(resolve);
    });
    const found = hash.digest('hex');
    if (found === sha256.toLowerCase()) return;
    throw new Failure(`${url} is not the file that was meant: its SHA-256 is ${found}, not ${sha256}.`);
  } catch (error) {
    file.destroy();
    await rm(target, { force: true });
    if (error instanceof Failure) throw error;
    throw new Failure(`${url} broke off after ${bytes(size)}: ${error instanceof Error ? error.message : error}.`);
  } finally {
    line.clear();
  }
}
