/**
 * Where a project's bytes live: a folder, R2, S3. Content-addressed: a blob's key is the SHA-256 of its bytes, in hexadecimal, so
 * no caller's name ever becomes a path, the same bytes are stored once, and a blob never changes. A blob is seen whole or not at all,
 * whatever breaks on its way. Every driver inherits test/support/blob-conformance.ts.
 */
export interface BlobStore {
  /** Stores a body. @throws BlobDigestError, BlobTooLargeError; then nothing is kept. */
  put(body: Body, options: PutOptions): Promise<StoredAs>;
  /** Null when there is no such blob. A body that is not read to its end must be cancelled. */
  get(digest: string, range?: ByteRange): Promise<StoredBlob | null>;
  /** Bytes of a blob; null when there is none. */
  size(digest: string): Promise<number | null>;
  /** What is not there is passed over. */
  delete(digests: readonly string[]): Promise<void>;
  /** A page of blobs in the order of their digests, those after one; `next` is where the next page begins. */
  list(after: string | null, most: number): Promise<BlobPage>;
  /** A blob in parts, so that a large one survives a broken line. */
  readonly parts: PartStore;
  /** Only where a client can be let in to the store itself. */
  readonly direct?: DirectStore;
}

export type Body = ReadableStream<Uint8Array> | Uint8Array;

/** Parts come in any order and again; each but the last has the same size. Nothing is seen under a digest before `complete`. */
export interface PartStore {
  /** Answers a handle, which only the store understands. */
  begin(blob: StoredAs): Promise<string>;
  /** Answers a receipt that `complete` wants back. @throws BlobDigestError, BlobBusyError; the part then does not count. */
  put(handle: string, place: PartPlace, body: Body): Promise<string>;
  /** Joins the parts, checks the whole, and shows it. @throws BlobDigestError, then nothing is shown. */
  complete(handle: string, blob: StoredAs, parts: readonly ReceivedPart[]): Promise<void>;
  /** Gives up what has come. Again, or of a handle that is gone, is success. */
  abort(handle: string): Promise<void>;
}

export interface PartPlace extends StoredAs {
  /** From 1. */
  readonly part: number;
  /** Bytes of all parts before it. */
  readonly offset: number;
}

export interface ReceivedPart extends PartPlace {
  readonly receipt: string;
}

/** Requests that anybody may send to the store, for an hour. */
export interface DirectStore {
  /** The answer's `etag` is the receipt. The store refuses bytes of another SHA-256; `complete` checks it where it does not. */
  putPart(handle: string, place: PartPlace): Promise<SignedRequest>;
  /** An address to download from, with Range. */
  get(digest: string, filename: string | null): Promise<string>;
}

export interface SignedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface BlobPage {
  readonly blobs: readonly StoredAs[];
  readonly next: string | null;
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

/** Fewer or more bytes came than were announced: the line broke, or the file changed while it was read. */
export class BlobSizeError extends Error {
  readonly expected: number;
  readonly actual: number;
  constructor(expected: number, actual: number) {
    super(`${actual} bytes came of the ${expected} announced`);
    this.name = 'BlobSizeError';
    this.expected = expected;
    this.actual = actual;
  }
}

/** Somebody else is writing the same just now. */
export class BlobBusyError extends Error {
  constructor() {
    super('the same part is just being written');
    this.name = 'BlobBusyError';
  }
}

/** The store itself does not answer, or answers with a failure of its own. */
export class BlobUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BlobUnavailableError';
  }
}

/** @throws TypeError: a name that is no digest never becomes a path or a key. */
export function requireDigest(digest: string): string {
  if (!/^[0-9a-f]{64}$/.test(digest)) throw new TypeError('a blob’s key is a SHA-256 digest in hexadecimal');
  return digest;
}
