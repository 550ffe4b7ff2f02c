import { findArtifact } from '../artifacts/find.ts';
import { leaseOf, requireLease } from '../artifacts/lease.ts';
import { saveArtifact } from '../artifacts/save.ts';
import { beginUpload } from '../blobs/begin-upload.ts';
import { readyUpload, saveUpload } from '../blobs/complete-upload.ts';
import { dropUpload } from '../blobs/drop-upload.ts';
import { explainBlobError } from '../blobs/explain.ts';
import { planned } from '../blobs/plan.ts';
import { contentDigest } from '../blobs/receive.ts';
import { savePart } from '../blobs/save-part.ts';
import { BlobDigestError, BlobSizeError, type BlobStore } from '../blobs/store.ts';
import { placeOf, requireUpload, showUpload } from '../blobs/upload.ts';
import type { uploadRoutes } from '../contract/uploads.ts';
import { ApiError, invalid, notFound } from '../errors.ts';
import type { Call, Handlers } from '../handler.ts';
import { requireRun } from '../runs/require.ts';

export const uploadHandlers: Handlers<typeof uploadRoutes> = {
  beginArtifact: async ({ deps, principal, request }, { params: { id: run, path }, body }) => {
    const { digest, size, contentType = 'application/octet-stream' } = body;
    const lease = leaseOf(deps, principal, request, run);
    await requireRun(deps, run);
    await requireLease(deps, lease);
    const offer = await beginUpload(deps, { digest, size });
    if (!offer.stored) return { ...offer, artifact: null };
    const there = await findArtifact(deps, run, path).catch(() => null);
    // The same again writes nothing.
    if (there?.digest === digest && there.contentType === contentType) return { ...offer, artifact: there };
    const stored = { digest, size };
    const artifact = await saveArtifact(deps, { run, path, contentType, stored, lease, actor: principal.name });
    return { ...offer, artifact };
  },
  beginUpload: ({ deps }, { params: { digest }, body: { size } }) => beginUpload(deps, { digest, size }),
  getUpload: async ({ deps }, { params: { digest } }) => showUpload(deps, await requireUpload(deps, digest)),
  putPart: async (call, { params: { digest: of, part } }) => {
    const { deps, bytes, request } = call;
    const digest = contentDigest(request);
    if (digest === null)
      throw invalid(['headers', 'content-digest'], 'a part needs `Content-Digest: sha-256=:BASE64:`');
    const upload = await requireUpload(deps, of);
    const place = placeOf(upload, part, digest);
    if (bytes?.phase === 'commit') return savePart(deps, of, place, bytes.receipt ?? '');
    const length = request.headers.get('content-length');
    if (length !== null && Number(length) !== place.size) {
      throw invalid(['headers', 'content-length'], `part ${part} has ${place.size} bytes`);
    }
    if (upload.parts.some((one) => one.part === part && one.digest === digest)) {
      if (!bytes) await request.body?.pipeTo(new WritableStream());
      return { part, digest, size: place.size };
    }
    if (bytes) return planned({ kind: 'part', handle: upload.handle, place });
    try {
      const receipt = await deps.blobs.parts.put(upload.handle, place, request.body ?? new Uint8Array());
      return await savePart(deps, of, place, receipt);
    } catch (error) {
      throw explainBlobError(error);
    }
  },
  signPart: async ({ deps }, { params: { digest: of, part }, body: { digest } }) => {
    const upload = await requireUpload(deps, of);
    const place = placeOf(upload, part, digest);
    if (!deps.blobs.direct) {
      throw new ApiError('conflict', 'This server’s store has no addresses of its own.', {
        hint: `Send the part here: PUT /blobs/${of}/parts/${part}`,
      });
    }
    return deps.blobs.direct.putPart(upload.handle, place);
  },
  confirmPart: async ({ deps }, { params: { digest: of, part }, body: { digest, receipt } }) => {
    const upload = await requireUpload(deps, of);
    return savePart(deps, of, placeOf(upload, part, digest), receipt);
  },
  completeUpload: async (call, { params: { digest } }) => {
    const { deps, bytes } = call;
    if (bytes?.phase === 'commit') return saveUpload(deps, bytes.stored);
    if (bytes?.phase === 'refused') return refuse(call, digest);
    const ready = await readyUpload(deps, digest);
    const blob = { digest, size: ready.size };
    if (!('handle' in ready)) return blob;
    if (bytes) return planned({ kind: 'complete', handle: ready.handle, blob, parts: ready.parts });
    return joinedOnce(deps.blobs, digest, async () => {
      try {
        await deps.blobs.parts.complete(ready.handle, blob, ready.parts);
      } catch (error) {
        // A crash may have come after the bytes were shown and before their row.
        if ((await deps.blobs.size(digest)) !== blob.size) {
          if (error instanceof BlobDigestError || error instanceof BlobSizeError) return refuse(call, digest);
          throw error;
        }
      }
      return saveUpload(deps, blob);
    });
  },
  abortUpload: async ({ deps }, { params: { digest } }) => {
    if (!(await dropUpload(deps, digest))) throw notFound(`upload of ${digest}`);
    return {};
  },
};

/** Parts that are together not what they were said to be: nothing of them can be used. */
async function refuse({ deps }: Call, digest: string): Promise<never> {
  await dropUpload(deps, digest);
  throw new ApiError('invalid_request', `The parts are together not the bytes of ${digest}.`, {
    hint: 'Was the file changed while it was sent? Begin again with its digest as it is now.',
  });
}

const joining = new WeakMap<BlobStore, Set<string>>();

/** Two at once would join the same parts. */
async function joinedOnce<T>(store: BlobStore, digest: string, work: () => Promise<T>): Promise<T> {
  const mine = joining.get(store) ?? new Set();
  joining.set(store, mine);
  if (mine.has(digest)) throw new ApiError('unavailable', 'The parts are just being joined.', { retryAfter: 1 });
  mine.add(digest);
  try {
    return await work();
  } finally {
    mine.delete(digest);
  }
}
