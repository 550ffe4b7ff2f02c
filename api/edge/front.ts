import { type ReceivePlan, receive } from '../blobs/receive.ts';
import { type ServePlan, serveBlob } from '../blobs/serve.ts';
import { createFront, type Front } from '../front.ts';
import { PLAN_HEADER } from '../routes/artifacts.ts';
import { VERSION } from '../version.ts';
import { CONTEXT_HEADER, type EdgeContext, UNKNOWN_HEADER } from './context.ts';
import { drain } from './drain.ts';
import { directoryStub, type EdgeEnv, projectStub } from './env.ts';
import { openR2 } from './r2.ts';

const BYTES =
  /^\/api\/v1\/(blobs\/[^/]+|runs\/[^/]+\/(artifacts\/.+|media\/blobs\/[^/]+)|models\/[^/]+\/versions\/[^/]+\/download)$/;

/** The Worker in front of the projects' objects. Bytes of blobs stream between client and R2 here, past the object. */
export function createEdgeFront(env: EdgeEnv): Front {
  return createFront({
    fetch: async (slug, request, { address = '' }) => {
      const { pathname } = new URL(request.url);
      const reply = BYTES.test(pathname)
        ? await moveBytes(env, request, { slug, address })
        : await ask(env, request, { slug, address });
      return reply.headers.has(UNKNOWN_HEADER) ? null : reply;
    },
    has: async (slug) => slug === 'default' || directoryStub(env).has(slug),
    create: async (slug) => {
      const directory = directoryStub(env);
      if (await directory.has(slug)) return null;
      const token = await projectStub(env, slug).create(slug);
      const createdAt = Date.now();
      return (await directory.add(slug, createdAt)) ? { slug, createdAt, token } : null;
    },
    list: () => directoryStub(env).list(),
    page: (request) => env.ASSETS.fetch(request),
    rng: (length) => crypto.getRandomValues(new Uint8Array(length)),
    version: VERSION,
    report: (error, requestId) => console.error(requestId, error),
  });
}

function ask(env: EdgeEnv, request: Request, context: EdgeContext): Promise<Response> {
  const told = new Request(request, { redirect: 'manual' });
  told.headers.set(CONTEXT_HEADER, JSON.stringify(context));
  return projectStub(env, context.slug).fetch(told);
}

/** Asks the object what to do, does it with R2, and tells the object of what is stored now. */
async function moveBytes(env: EdgeEnv, request: Request, context: EdgeContext): Promise<Response> {
  const { method, url, headers } = request;
  if (method !== 'GET' && method !== 'HEAD' && method !== 'PUT') return ask(env, request, context);
  // Without the body, and without its length; a HEAD would get no plan.
  const question = new Request(url, { method: method === 'HEAD' ? 'GET' : method, headers });
  question.headers.delete('content-length');
  const reply = await ask(env, question.clone(), { ...context, bytes: { phase: 'plan' } });
  if (!reply.headers.has(PLAN_HEADER)) {
    await drain(request);
    return reply;
  }
  const blobs = openR2(env.BLOBS, context.slug);
  if (method !== 'PUT') {
    const served = await serveBlob(blobs, request, await planOf<ServePlan>(reply));
    served.headers.set('x-request-id', reply.headers.get('x-request-id') ?? '');
    return served;
  }
  const stored = await receive(blobs, request, await planOf<ReceivePlan>(reply));
  return ask(env, question, { ...context, bytes: { phase: 'commit', stored } });
}

// Only routes/artifacts.ts writes a reply with that header.
const planOf = async <T extends ReceivePlan | ServePlan>(reply: Response): Promise<T> => (await reply.json()) as T;
