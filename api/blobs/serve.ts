import { ApiError, notFound } from '../errors.ts';
import { rangeOf } from './range.ts';
import type { BlobStore, StoredAs } from './store.ts';

/** What a reply with a blob says of it. */
export interface ServePlan extends StoredAs {
  /** The file's name on disk; null: the browser's choice. */
  readonly filename: string | null;
  readonly contentType: string;
  /** The address always means these bytes. */
  readonly immutable: boolean;
}

/** Types that are shown as they are; all others are just bytes. None of them can run as a page. */
const SAFE_TYPES = /^(image\/(png|jpeg|webp|gif)|application\/(json|yaml|x-ndjson)|text\/(plain|csv))$/;

/**
 * Answers with a blob: Range, If-Range, If-None-Match. An uploaded page must not act as the user who looks at it: so it is a download,
 * of a type that is no page's, in a sandbox. An `img` element may still draw an image. Errors: not_found.
 */
export async function serveBlob(blobs: BlobStore, request: Request, plan: ServePlan): Promise<Response> {
  const etag = `"${plan.digest}"`;
  const headers = new Headers({
    etag,
    'accept-ranges': 'bytes',
    'cache-control': plan.immutable ? 'private, max-age=31536000, immutable' : 'private, no-cache',
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  });
  if (matches(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers });

  const [type = ''] = plan.contentType.toLowerCase().split(';');
  headers.set('content-type', SAFE_TYPES.test(type.trim()) ? plan.contentType : 'application/octet-stream');
  headers.set('content-disposition', disposition(plan.filename));
  const ifRange = request.headers.get('if-range');
  const ranged = ifRange === null || ifRange === etag;
  const range = ranged ? rangeOf(request.headers.get('range'), plan.size) : null;
  if (range === 'unsatisfiable') {
    headers.set('content-range', `bytes */${plan.size}`);
    return new Response(null, { status: 416, headers });
  }
  const length = range ? range.end - range.start + 1 : plan.size;
  headers.set('content-length', String(length));
  if (range) headers.set('content-range', `bytes ${range.start}-${range.end}/${plan.size}`);
  const status = range ? 206 : 200;
  if (request.method === 'HEAD') return new Response(null, { status, headers });
  const blob = await blobs.get(plan.digest, range ?? undefined);
  if (!blob) throw notFound(`blob ${plan.digest} in the store`);
  if (blob.size !== plan.size) {
    await blob.body.cancel();
    throw new ApiError('unavailable', 'The stored bytes are not whole.');
  }
  return new Response(blob.body, { status, headers });
}

const matches = (header: string | null, etag: string): boolean =>
  (header ?? '').split(',').some((part) => part.trim().replace(/^W\//, '') === etag || part.trim() === '*');

/** RFC 6266: a plain name for old readers, the whole one in UTF-8. */
function disposition(filename: string | null): string {
  if (filename === null) return 'attachment';
  const plain = filename.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const whole = encodeURIComponent(filename).replaceAll(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}
