import { ApiError } from '../errors.ts';
import { BlobBusyError, BlobDigestError, BlobSizeError, BlobTooLargeError } from './store.ts';

/** What a store refuses, in words for the client; anything else comes back as it is. */
export function explainBlobError(error: unknown): unknown {
  if (error instanceof BlobTooLargeError) {
    const { limit } = error;
    return new ApiError('too_large', `More than ${limit} bytes (${Math.floor(limit / 2 ** 20)} MiB) in one request.`);
  }
  if (error instanceof BlobDigestError) {
    const actual = error.actual === null ? '' : `, but of ${error.actual}`;
    return new ApiError('invalid_request', `The bytes are not those of ${error.expected}${actual}.`, {
      hint: 'They changed on their way, or while they were read: send them again.',
    });
  }
  if (error instanceof BlobSizeError) {
    return new ApiError('invalid_request', `Not ${error.expected} bytes came, as announced.`, {
      hint: 'Was the file changed while it was read?',
    });
  }
  if (error instanceof BlobBusyError) {
    return new ApiError('unavailable', 'The same part is just being written.', { retryAfter: 1 });
  }
  // The client hung up; nobody hears this, and it is no failure of the server's.
  if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET') {
    return new ApiError('invalid_request', 'The bytes broke off on their way.');
  }
  return error;
}
