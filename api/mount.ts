import type { Context, Hono } from 'hono';
import * as z from 'zod';
import type { Gate } from './access/gate.ts';
import { depsFor } from './access/restrict.ts';
import { writeAudit } from './audit/write.ts';
import { creates } from './contract/codes.ts';
import type { Issue } from './contract/errors.ts';
import { isNewer, withoutUnknown } from './contract/protocol.ts';
import type { Route } from './contract/route.ts';
import type { Deps, Principal } from './deps.ts';
import { ApiError } from './errors.ts';
import type { AuditDetail, BytesPhase, Call, Handler, Handlers, Parse } from './handler.ts';
import { issuesOf } from './issues.ts';
import { pointsOf } from './observe/points.ts';
import { createTurns, editableBy, requireMatch } from './requests/if-match.ts';
import { createOnce, type Once } from './requests/once.ts';
import { replyTo } from './requests/reply.ts';

/** What the front hands to a project's app beside the request: who a session already is. */
export interface Env {
  Bindings: { principal?: Principal; bytes?: BytesPhase; address?: string };
  Variables: { requestId: string; gate: Gate; headers: Record<string, string> };
}

/** Registers an area's routes: credential → scope → parse → handler → reply. */
export function mount<T extends Record<string, Route>>(
  app: Hono<Env>,
  deps: Deps,
  routes: T,
  handlers: Handlers<T>,
): void {
  const once = createOnce(deps);
  const inTurn = createTurns();
  const table = Object.entries<Route>(routes);
  for (const [name, route] of table) {
    const handler = handlerOf(handlers, name);
    const [readName, read] = table.find(([, { method, path }]) => method === 'GET' && path === route.path) ?? [];
    const update = table.find(([, { ifMatch, path }]) => ifMatch && path === route.path)?.[1];
    const editable = editableBy(update, read);
    const path = route.path.replaceAll(/\{(\w+)\+\}/g, ':$1{.+}').replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(route.method, [`/api/v1${path}`], async (c) => {
      const { principal: given, bytes, address = '' } = c.env ?? {};
      const authorization = c.req.header('authorization');
      const tell = (headers: Record<string, string>) => c.set('headers', headers);
      const principal = await c.get('gate').admit({ route, authorization, given, address, tell });
      const input = await parse(deps, c, route);
      let detail: AuditDetail = {};
      const call: Call = {
        deps: await depsFor(deps, principal, route, input),
        principal,
        request: c.req.raw,
        requestId: c.get('requestId'),
        bytes,
        address,
        audit: (more) => {
          detail = { ...detail, ...more };
        },
      };
      const work = async (given: Call): Promise<Response> => {
        const result = await handler(given, input);
        deps.meter?.logged(pointsOf(input));
        if (isAudited(route) && bytes?.phase !== 'plan') await audit(deps, given, name, input, detail);
        return result instanceof Response ? result : replyTo(c.req.raw, route, result, editable);
      };
      if (route.ifMatch && readName !== undefined) {
        const match = c.req.header('if-match');
        return inTurn(c.req.path, async () => {
          if (match !== undefined) requireMatch(match, await handlerOf(handlers, readName)(call, input), editable);
          return work(call);
        });
      }
      return oncePerKey(c, { once, route, input, call }, work);
    });
  }
}

// The types of one name's route and handler agree by `Handlers`, which a loop over names cannot express.
const handlerOf = <T extends Record<string, Route>>(handlers: Handlers<T>, name: string): Handler<Route> =>
  handlers[name as keyof T] as unknown as Handler<Route>;

interface Creation {
  readonly once: Once;
  readonly route: Route;
  readonly input: Parse<Route>;
  readonly call: Call;
}

/** A creation with an `Idempotency-Key` is carried out once; anything else as it comes. */
function oncePerKey(
  c: Context<Env>,
  { once, route, input, call }: Creation,
  work: (call: Call) => Promise<Response>,
): Promise<Response> {
  const key = creates(route) ? c.req.header('idempotency-key') : undefined;
  if (key === undefined) return work(call);
  const asked = { key, principal: call.principal, where: `${c.req.method} ${c.req.path}`, what: input };
  return once(asked, (db) => work({ ...call, deps: { ...call.deps, db } }));
}

/** What is done for good, and what only admins do. */
const isAudited = (route: Route): boolean =>
  route.audited ?? (route.method === 'DELETE' || (route.scope === 'admin' && route.method !== 'GET'));

/** The deed is done: a log that cannot be written now must not make it look as if it were not. */
async function audit(deps: Deps, call: Call, action: string, input: Parse<Route>, detail: AuditDetail): Promise<void> {
  const { params, body } = input as { params?: object; body?: object };
  const { requestId, address } = call;
  const target = Object.values(params ?? {}).join(' ');
  try {
    const by = detail.by ?? call.principal;
    await writeAudit(deps, { action, target, after: body ?? null, ...detail, by, address, requestId });
  } catch (error) {
    deps.report?.(error, requestId);
  }
}

async function parse(deps: Deps, c: Context<Env>, route: Route): Promise<Parse<Route>> {
  const issues: Issue[] = [];
  const input: Record<string, unknown> = {};
  const check = (schema: z.ZodType, value: unknown, part: 'params' | 'query' | 'body'): void => {
    let result = schema.safeParse(value, { reportInput: true });
    // A newer client knows fields that this server does not.
    if (!result.success && isNewer(c.req.raw.headers)) {
      result = schema.safeParse(withoutUnknown(value, result.error.issues), { reportInput: true });
    }
    if (result.success) input[part] = result.data;
    else {
      const known = part === 'query' && schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
      issues.push(...issuesOf(result.error, value, part === 'body' ? [] : [part], known));
    }
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
