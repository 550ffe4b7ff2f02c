import { BlobSizeError, BlobUnavailableError, type PartStore, type ReceivedPart } from '../blobs/store.ts';
import { putChecked } from './r2-checked.ts';

/**
 * Each part is an object of its own, whose digest R2 checks; joining them is one put of the parts one after the other, whose digest R2
 * checks as well. R2's own multipart uploads check no SHA-256: then the Worker would hash every byte, in CPU time that is billed.
 */
export function openR2Parts(bucket: R2Bucket, slug: string, keyOf: (digest: string) => string): PartStore {
  const prefixOf = (handle: string): string => `_incoming/${slug}/${handle}/`;

  async function abort(handle: string): Promise<void> {
    for (;;) {
      const { objects, truncated } = await bucket.list({ prefix: prefixOf(handle), limit: 1000 });
      if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
      if (!truncated) return;
    }
  }

  return {
    begin: async () => crypto.randomUUID(),
    async put(handle, { part, digest, size }, body) {
      const key = prefixOf(handle) + part;
      if (body instanceof Uint8Array) {
        if (body.byteLength !== size) throw new BlobSizeError(size, body.byteLength);
        await putChecked(bucket, key, (to) => new Response(body).body!.pipeTo(to), { digest, size });
      } else await putChecked(bucket, key, (to) => body.pipeTo(to), { digest, size });
      return digest;
    },
    async complete(handle, blob, parts) {
      const placed = parts.map((part) => ({ ...part, key: prefixOf(handle) + part.part }));
      await putChecked(bucket, keyOf(blob.digest), (to) => join(bucket, placed, to), blob);
      await abort(handle);
    },
    abort,
  };
}

/** The parts' bytes in a row, each fetched when the one before it is through. */
async function join(
  bucket: R2Bucket,
  parts: readonly (ReceivedPart & { key: string })[],
  to: WritableStream<Uint8Array>,
) {
  try {
    for (const { key, part, size } of parts) {
      const object = await bucket.get(key);
      if (!object || object.size !== size) throw new BlobUnavailableError(`part ${part} is not there any more`);
      await object.body.pipeTo(to, { preventClose: true });
    }
    await to.close();
  } catch (error) {
    await to.abort(error).catch(() => {});
    throw error;
  }
}
