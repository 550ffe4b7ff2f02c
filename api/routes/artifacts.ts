import { deleteArtifact } from '../artifacts/delete.ts';
import { findArtifact } from '../artifacts/find.ts';
import { leaseOf, requireLease } from '../artifacts/lease.ts';
import { listArtifacts } from '../artifacts/list.ts';
import { saveArtifact } from '../artifacts/save.ts';
import { findBlob } from '../blobs/find.ts';
import { planned } from '../blobs/plan.ts';
import { contentDigest, type ReceivePlan, receive } from '../blobs/receive.ts';
import { saveBlob } from '../blobs/save.ts';
import { type ServePlan, serveBlob } from '../blobs/serve.ts';
import type { StoredAs } from '../blobs/store.ts';
import { keepBlob } from '../blobs/sweep.ts';
import type { artifactRoutes } from '../contract/artifacts.ts';
import { ApiError, invalid, notFound } from '../errors.ts';
import type { Call, Handlers } from '../handler.ts';
import { requireRun } from '../runs/require.ts';

export const artifactHandlers: Handlers<typeof artifactRoutes> = {
  putArtifact: async (call, { params }) => {
    const { deps, principal, request } = call;
    const { id: run, path } = params;
    const digest = contentDigest(request);
    const lease = leaseOf(deps, principal, request, run);
    await requireRun(deps, run);
    await requireLease(deps, lease);
    const stored = await take(call, { digest, limit: deps.limits.blob });
    if (stored instanceof Response) return stored;
    const contentType = request.headers.get('content-type')?.slice(0, 200) ?? 'application/octet-stream';
    return saveArtifact(deps, { run, path, contentType, stored, lease, actor: principal.name });
  },
  getArtifact: async (call, { params, query }) => {
    const { path, digest, size, contentType } = await findArtifact(call.deps, params.id, params.path);
    const filename = path.split('/').at(-1)!;
    return give(call, { digest, size, contentType, filename, immutable: false }, query.direct);
  },
  listArtifacts: ({ deps }, { params, query }) => listArtifacts(deps, params.id, query),
  deleteArtifact: async ({ deps, principal }, { params }) => {
    await deleteArtifact(deps, principal, params.id, params.path);
    return {};
  },
  putBlob: async (call, { params: { digest } }) => {
    const { deps, request } = call;
    const announced = contentDigest(request);
    if (announced !== null && announced !== digest) {
      throw invalid(['headers', 'content-digest'], 'is another digest than the address');
    }
    const stored = await take(call, { digest, limit: deps.limits.blob });
    return stored instanceof Response ? stored : saveBlob(deps, stored);
  },
  getBlob: async (call, { params: { digest }, query }) => {
    const known = await findBlob(call.deps, digest);
    if (!known) throw notFound(`blob ${digest}`);
    const plan = { ...known, contentType: 'application/octet-stream', filename: null, immutable: true };
    return give(call, plan, query.direct);
  },
};

/** The request's bytes into the store: here, or by the front, which is told how and comes again when it is done. */
async function take(call: Call, plan: ReceivePlan): Promise<StoredAs | Response> {
  const { deps, bytes, request } = call;
  if (plan.digest !== null && bytes?.phase !== 'commit') await keepBlob(deps, plan.digest);
  if (bytes?.phase === 'plan') return planned(plan);
  const stored = bytes?.phase === 'commit' ? bytes.stored : await receive(deps.blobs, request, plan);
  // Which bytes these are was not known before, so a sweep of the same ones may have taken them along.
  if (plan.digest === null) {
    await keepBlob(deps, stored.digest);
    if ((await deps.blobs.size(stored.digest)) === null) {
      throw new ApiError('unavailable', 'The bytes were not kept; send them again.', { retryAfter: 1 });
    }
  }
  return stored;
}

/** Serves a blob, or tells the front how; or, if the client wants that and the store can, names its address in the store. */
export async function give(call: Call, plan: ServePlan, direct = false): Promise<Response> {
  const { deps, request, bytes } = call;
  if (direct && deps.blobs.direct && request.method === 'GET') {
    const location = await deps.blobs.direct.get(plan.digest, plan.filename);
    return new Response(null, { status: 307, headers: { location, 'cache-control': 'no-store' } });
  }
  return bytes ? planned(plan) : serveBlob(deps.blobs, request, plan);
}
