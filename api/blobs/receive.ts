import type * as z from 'zod';
import type { Sha256 } from '../contract/common.ts';
import { invalid } from '../errors.ts';
import { toHex } from '../hash.ts';
import { explainBlobError } from './explain.ts';
import { type BlobStore, BlobTooLargeError, type StoredAs } from './store.ts';

type Digest = z.output<typeof Sha256>;

/** What to do with the bytes that a request brings. */
export interface ReceivePlan {
  readonly digest: Digest | null;
  readonly limit: number;
}

/** The digest in `Content-Digest: sha-256=:BASE64:` (RFC 9530); null without one. Errors: invalid_request. */
export function contentDigest(request: Request): Digest | null {
  const header = request.headers.get('content-digest');
  if (header === null) return null;
  const match = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header);
  if (!match)
    throw invalid(['headers', 'content-digest'], 'is not `sha-256=:BASE64:`', { value: header.slice(0, 200) });
  return toHex(Uint8Array.from(atob(match[1]!), (char) => char.charCodeAt(0)));
}

/** Streams a request's body into the store. Errors: invalid_request (other bytes than announced), too_large. */
export async function receive(blobs: BlobStore, request: Request, plan: ReceivePlan): Promise<StoredAs> {
  const length = request.headers.get('content-length');
  const size = length === null ? undefined : Number(length);
  if (size !== undefined && size > plan.limit) throw explainBlobError(new BlobTooLargeError(plan.limit));
  try {
    return await blobs.put(request.body ?? new Uint8Array(), {
      digest: plan.digest ?? undefined,
      size,
      limit: plan.limit,
    });
  } catch (error) {
    throw explainBlobError(error);
  }
}
