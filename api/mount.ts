import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { authenticate, requireScope, unauthorized } from './auth.ts';
import type { Issue } from './contract/errors.ts';
import type { Route } from './contract/route.ts';
import type { Deps, Principal } from './deps.ts';
import { ApiError } from './errors.ts';
import type { BytesPhase, Call, Handler, Handlers, Parse } from './handler.ts';
import { issuesOf } from './issues.ts';

/** What the front hands to a project's app beside the request: who a session already is. */
export interface Env {
  Bindings: { principal?: Principal; bytes?: BytesPhase; address?: string };
  Variables: { requestId: string };
}

/** Registers an area's routes: credential → scope → parse → handler → reply. */
export function mount<T extends Record<string, Route>>(
  app: Hono<Env>,
  deps: Deps,
  routes: T,
  handlers: Handlers<T>,
): void {
  for (const [name, route] of Object.entries(routes)) {
    const handler = handlerOf(handlers, name);
    const path = route.path.replaceAll(/\{(\w+)\+\}/g, ':$1{.+}').replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(route.method, [`/api/v1${path}`], async (c) => {
      const principal = await principalOf(deps, c, route);
      const { bytes, address = '' } = c.env ?? {};
      const call: Call = { deps, principal, request: c.req.raw, requestId: c.get('requestId'), bytes, address };
      const result = await handler(call, await parse(deps, c, route));
      if (result instanceof Response) return result;
      if (route.status === 204) return c.body(null, 204);
      return c.json(result as object, route.status);
    });
  }
}

// The types of one name's route and handler agree by `Handlers`, which a loop over names cannot express.
const handlerOf = <T extends Record<string, Route>>(handlers: Handlers<T>, name: string): Handler<Route> =>
  handlers[name as keyof T] as unknown as Handler<Route>;

async function principalOf(deps: Deps, c: Context<Env>, route: Route): Promise<Principal> {
  const nobody: Principal = { name: 'nobody', scope: 'read', tokenId: null };
  const header = c.req.header('authorization');
  const secret = header === undefined ? undefined : /^Bearer\s+(\S+)$/i.exec(header)?.[1];
  if (header !== undefined && secret === undefined)
    throw unauthorized('The Authorization header is not `Bearer TOKEN`.');
  // A session's principal comes from the front, beside the request: no header of a client can claim it.
  const given = c.env?.principal;
  if (route.scope === 'public') return given ?? nobody;
  const principal = secret !== undefined ? await authenticate(deps, secret) : given;
  if (!principal) throw unauthorized('This needs a token.');
  if (!(route.workerToo && principal.scope === 'worker')) requireScope(principal, route.scope);
  return principal;
}

async function parse(deps: Deps, c: Context<Env>, route: Route): Promise<Parse<Route>> {
  const issues: Issue[] = [];
  const input: Record<string, unknown> = {};
  const check = (schema: z.ZodType, value: unknown, part: 'params' | 'query' | 'body'): void => {
    const result = schema.safeParse(value, { reportInput: true });
    if (result.success) input[part] = result.data;
    else issues.push(...issuesOf(result.error, value, part === 'body' ? [] : [part]));
  };
  if (route.params) check(route.params, c.req.param(), 'params');
  if (route.query) check(strict(route.query), c.req.query(), 'query');
  if (route.body && route.body !== 'bytes') check(route.body, await json(deps, c.req.raw), 'body');
  const [first] = issues;
  if (first) {
    const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
    throw new ApiError('invalid_request', `${first.path.join('.') || 'body'}: ${first.message}${more}`, {
      details: issues,
    });
  }
  return input as Parse<Route>;
}

/** A misspelt query parameter is an error, not a silently ignored one. */
const strict = (schema: z.ZodType): z.ZodType => (schema instanceof z.ZodObject ? schema.strict() : schema);

async function json(deps: Deps, request: Request): Promise<unknown> {
  const text = new TextDecoder().decode(await readLimited(request, deps.limits.body));
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('invalid_request', 'The body is not JSON.');
  }
}

async function readLimited(request: Request, limit: number): Promise<Uint8Array> {
  const tooLarge = () => new ApiError('too_large', `The body is larger than ${limit} bytes.`);
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge();
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel();
      throw tooLarge();
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
