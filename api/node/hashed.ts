import { createHash } from 'node:crypto';
import {
  BlobDigestError,
  BlobSizeError,
  BlobTooLargeError,
  type Body,
  type PutOptions,
  type StoredAs,
} from '../blobs/store.ts';

/**
 * Passes a body on while it is hashed and counted. The last chunk is held back until the whole is known to be right, so that a receiver
 * who was told how many bytes come never gets them all of a wrong body. `result` may be asked once the chunks are at their end.
 * Errors of the iteration: BlobDigestError, BlobTooLargeError, BlobSizeError.
 */
export function checked(
  body: Body,
  { digest, size, limit }: PutOptions,
): { chunks: AsyncGenerator<Uint8Array>; result: () => StoredAs } {
  let stored: StoredAs | undefined;
  async function* pass(): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    let count = 0;
    let held: Uint8Array | undefined;
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      count += chunk.byteLength;
      if (count > limit) throw new BlobTooLargeError(limit);
      if (size !== undefined && count > size) throw new BlobSizeError(size, count);
      hash.update(chunk);
      if (held) yield held;
      held = chunk;
    }
    if (size !== undefined && size !== count) throw new BlobSizeError(size, count);
    const actual = hash.digest('hex');
    if (digest !== undefined && digest !== actual) throw new BlobDigestError(digest, actual);
    stored = { digest: actual, size: count };
    if (held) yield held;
  }
  return {
    chunks: pass(),
    result: () => {
      if (!stored) throw new Error('the body was not read to its end');
      return stored;
    },
  };
}
