import { BlobDigestError, BlobSizeError, type StoredAs } from '../blobs/store.ts';

/**
 * Stores what `write` writes to a stream and closes, whose digest and length are known; R2 refuses another digest.
 * @throws BlobDigestError, BlobSizeError
 */
export async function putChecked(
  bucket: R2Bucket,
  key: string,
  write: (to: WritableStream<Uint8Array>) => Promise<void>,
  { digest, size }: StoredAs,
): Promise<void> {
  const measured = new FixedLengthStream(size);
  const piped = write(measured.writable);
  // Whichever of the two fails first is the other's end too: the put's failure says more.
  piped.catch(() => {});
  try {
    await bucket.put(key, measured.readable, { sha256: digest });
  } catch (error) {
    // 10037 is R2's BadDigest.
    if (error instanceof Error && /10037|checksum|BadDigest/i.test(error.message)) {
      throw new BlobDigestError(digest, null);
    }
    if (error instanceof TypeError && /FixedLengthStream/.test(error.message)) throw new BlobSizeError(size, -1);
    throw error;
  }
}
