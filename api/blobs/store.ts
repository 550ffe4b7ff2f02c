/** Where artifact and checkpoint bytes live: a folder, R2, S3. Keys are the caller's. */
export interface BlobStore {
  /** Stores a body under a key. With `digest` (SHA-256, hex) the bytes are checked, and refused with `BlobDigestError` if they differ. */
  put(
    key: string,
    body: ReadableStream<Uint8Array> | Uint8Array,
    options: PutOptions,
  ): Promise<{ size: number; digest: string }>;
  /** Null when there is no such key. */
  get(key: string, range?: ByteRange): Promise<StoredBlob | null>;
  delete(keys: readonly string[]): Promise<void>;
}

export interface PutOptions {
  readonly digest?: string;
  /** Bytes, where known beforehand. */
  readonly size?: number;
  /** More bytes than this are refused with `BlobTooLargeError`. */
  readonly limit: number;
}

export interface ByteRange {
  readonly start: number;
  /** Inclusive; to the end when absent. */
  readonly end?: number;
}

export interface StoredBlob {
  readonly body: ReadableStream<Uint8Array>;
  /** Of the whole blob. */
  readonly size: number;
}

export class BlobDigestError extends Error {}
export class BlobTooLargeError extends Error {}
