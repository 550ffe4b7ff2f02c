/**
 * Where a project's bytes live: a folder, R2. Content-addressed: a blob's key is the SHA-256 of its bytes, in hexadecimal, so
 * no caller's name ever becomes a path, the same bytes are stored once, and a blob never changes.
 */
export interface BlobStore {
  /** Stores a body. @throws BlobDigestError, BlobTooLargeError; then nothing is kept. */
  put(body: ReadableStream<Uint8Array> | Uint8Array, options: PutOptions): Promise<StoredAs>;
  /** Null when there is no such blob. A body that is not read to its end must be cancelled. */
  get(digest: string, range?: ByteRange): Promise<StoredBlob | null>;
  has(digest: string): Promise<boolean>;
  delete(digests: readonly string[]): Promise<void>;
}

export interface StoredAs {
  readonly digest: string;
  readonly size: number;
}

export interface PutOptions {
  /** Bytes that have another digest are refused. */
  readonly digest?: string | undefined;
  /** Bytes, where known beforehand; others than these are refused. */
  readonly size?: number | undefined;
  /** More bytes than this are refused. */
  readonly limit: number;
}

/** Both ends inclusive, inside the blob. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface StoredBlob {
  readonly body: ReadableStream<Uint8Array>;
  /** Of the whole blob. */
  readonly size: number;
}

export class BlobDigestError extends Error {
  readonly expected: string;
  readonly actual: string | null;
  constructor(expected: string, actual: string | null) {
    super(`the bytes are not those of ${expected}`);
    this.name = 'BlobDigestError';
    this.expected = expected;
    this.actual = actual;
  }
}

export class BlobTooLargeError extends Error {
  readonly limit: number;
  constructor(limit: number) {
    super(`more than ${limit} bytes`);
    this.name = 'BlobTooLargeError';
    this.limit = limit;
  }
}
