import { explainBlobError } from '../blobs/explain.ts';
import { type PartsPlan, PLAN_HEADER } from '../blobs/plan.ts';
import { type ReceivePlan, receive } from '../blobs/receive.ts';
import { type ServePlan, serveBlob } from '../blobs/serve.ts';
import { BlobDigestError, type BlobStore } from '../blobs/store.ts';
import { createFront, type Front } from '../front.ts';
import type { BytesPhase } from '../handler.ts';
import { createOidc, type Oidc } from '../oidc/login.ts';
import { readOidc } from '../oidc/settings.ts';
import { VERSION } from '../version.ts';
import { CONTEXT_HEADER, type EdgeContext, UNKNOWN_HEADER } from './context.ts';
import { drain } from './drain.ts';
import { directoryStub, type EdgeEnv, projectStub } from './env.ts';
import { openR2 } from './r2.ts';

const BYTES =
  /^\/api\/v1\/(blobs\/[^/]+(?:\/parts\/\d+|\/complete)?|runs\/[^/]+\/(artifacts\/.+|media\/blobs\/[^/]+)|models\/[^/]+\/versions\/[^/]+\/download)$/;

/** The Worker in front of the projects' objects. Bytes of blobs stream between client and R2 here, past the object. */
export function createEdgeFront(env: EdgeEnv): Front {
  return createFront({
    fetch: async (slug, request, { address = '', person, principal }) => {
      const { pathname } = new URL(request.url);
      const context = { slug, address, ...(person ? { person } : {}), ...(principal ? { principal } : {}) };
      const reply = BYTES.test(pathname) ? await moveBytes(env, request, context) : await ask(env, request, context);
      return reply.headers.has(UNKNOWN_HEADER) ? null : reply;
    },
    has: async (slug) => slug === 'default' || directoryStub(env).has(slug),
    get: (slug) => directoryStub(env).get(slug),
    list: () => directoryStub(env).list(),
    rolesOf: (email) => directoryStub(env).rolesOf(email),
    create: async (slug, title) => {
      const directory = directoryStub(env);
      if (await directory.get(slug)) return null;
      const token = await projectStub(env, slug).create(slug, title);
      if (!(await directory.add(slug, Date.now(), title))) return null;
      const entry = await directory.get(slug);
      return entry && { ...entry, token };
    },
    remove: async (slug) => {
      if (await directoryStub(env).doom(slug)) await projectStub(env, slug).destroy();
    },
    note: (action, target, by, address) => projectStub(env, 'default').note(action, target, by, address),
    persons: {
      find: (secret) => directoryStub(env).findPerson(secret, Date.now()),
      signIn: (identity, session) => directoryStub(env).signIn(identity, { ...session, now: Date.now() }),
    },
    oidc: oidcOf(env),
    page: (request) => env.ASSETS.fetch(request),
    rng: (length) => crypto.getRandomValues(new Uint8Array(length)),
    version: VERSION,
    report: (error, requestId) => console.error(requestId, error),
  });
}

/** One an isolate, so that the discovery document is not read for each login. */
const providers = new WeakMap<EdgeEnv, Oidc | null>();

function oidcOf(env: EdgeEnv): Oidc | null {
  const known = providers.get(env);
  if (known !== undefined) return known;
  const { settings, problems } = readOidc(env);
  for (const problem of problems) console.error(problem);
  const oidc = settings && createOidc(settings, { publicUrl: env.TIDEMARK_URL, now: Date.now });
  providers.set(env, oidc);
  return oidc;
}

function ask(env: EdgeEnv, request: Request, context: EdgeContext): Promise<Response> {
  const told = new Request(request, { redirect: 'manual' });
  told.headers.set(CONTEXT_HEADER, JSON.stringify(context));
  return projectStub(env, context.slug).fetch(told);
}

/** Asks the object what to do, does it with R2, and tells the object of what is stored now. */
async function moveBytes(env: EdgeEnv, request: Request, context: EdgeContext): Promise<Response> {
  const { method, url, headers } = request;
  const moves =
    ['GET', 'HEAD', 'PUT'].includes(method) || (method === 'POST' && /\/complete$/.test(new URL(url).pathname));
  if (!moves) return ask(env, request, context);
  // Without the body, and without its length; a HEAD would get no plan.
  const question = new Request(url, { method: method === 'HEAD' ? 'GET' : method, headers });
  question.headers.delete('content-length');
  const reply = await ask(env, question.clone(), { ...context, bytes: { phase: 'plan' } });
  if (!reply.headers.has(PLAN_HEADER)) {
    await drain(request);
    return reply;
  }
  const blobs = openR2(env.BLOBS, context.slug);
  if (/^\/api\/v1\/blobs\/[^/]+\//.test(new URL(url).pathname)) {
    const done = await moveParts(blobs, request, await planOf<PartsPlan>(reply));
    return ask(env, question, { ...context, bytes: done });
  }
  if (method !== 'PUT') {
    const served = await serveBlob(blobs, request, await planOf<ServePlan>(reply));
    served.headers.set('x-request-id', reply.headers.get('x-request-id') ?? '');
    return served;
  }
  const stored = await receive(blobs, request, await planOf<ReceivePlan>(reply));
  return ask(env, question, { ...context, bytes: { phase: 'commit', stored } });
}

/** Stores a part, or joins them all; wrong parts are the object's to forget. */
async function moveParts(blobs: BlobStore, request: Request, plan: PartsPlan): Promise<BytesPhase> {
  try {
    if (plan.kind === 'part') {
      const receipt = await blobs.parts.put(plan.handle, plan.place, request.body ?? new Uint8Array());
      return { phase: 'commit', stored: plan.place, receipt };
    }
    await blobs.parts.complete(plan.handle, plan.blob, plan.parts);
    return { phase: 'commit', stored: plan.blob };
  } catch (error) {
    if (plan.kind === 'complete' && error instanceof BlobDigestError) return { phase: 'refused' };
    throw explainBlobError(error);
  }
}

// Only `planned` writes a reply with that header, and by the request's kind.
const planOf = async <T extends ReceivePlan | ServePlan | PartsPlan>(reply: Response): Promise<T> =>
  (await reply.json()) as T;
