import { creates } from '@tidemark/api/contract/codes';
import { ErrorBody, type ErrorCode } from '@tidemark/api/contract/errors';
import { isNewer, PROTOCOL, PROTOCOL_HEADER } from '@tidemark/api/contract/protocol';
import type { Output, Route } from '@tidemark/api/contract/route';
import type * as z from 'zod';
import { ApiError, NetworkError } from './errors.ts';

/** Bytes to send. A Blob or an array may be sent again after a failure, a stream only once. */
export type Bytes = Uint8Array | Blob | ReadableStream<Uint8Array>;

/** A list is sent once, comma-separated; a boolean as `true` or `false`. */
type QueryValue<T> = string extends T
  ? T | readonly string[]
  : Extract<T, 'true' | 'false'> extends never
    ? T
    : T | boolean;
type Query<T> = { [K in keyof T]: QueryValue<T[K]> };

type Part<R extends Route, K extends 'params' | 'body'> = R[K] extends z.ZodType
  ? Record<K, z.input<R[K]>>
  : R[K] extends 'bytes'
    ? Record<K, Bytes>
    : unknown;
type QueryPart<R extends Route> = R['query'] extends z.ZodType
  ? Record<never, never> extends z.input<R['query']>
    ? { query?: Query<z.input<R['query']>> }
    : { query: Query<z.input<R['query']>> }
  : unknown;

/** What `call` takes for a route: its path parameters, query and body, each only where the route has one. */
export type CallInput<R extends Route> = Part<R, 'params'> & Part<R, 'body'> & QueryPart<R>;

export interface CallOptions {
  signal?: AbortSignal | undefined;
  headers?: Record<string, string> | undefined;
  /** Seconds until a call without an answer is given up; 0: never. Default 30, for bytes never. */
  timeoutSeconds?: number | undefined;
}

type Arguments<R extends Route> =
  Record<never, never> extends CallInput<R>
    ? [input?: CallInput<R>, options?: CallOptions]
    : [input: CallInput<R>, options?: CallOptions];

export interface ClientOptions {
  /** The server's address: `http://127.0.0.1:8787`. */
  url: string;
  /** Sent as `Authorization: Bearer`. A browser that is logged in needs none. */
  token?: string | undefined;
  /** A project's slug; without, the project `default`. */
  project?: string | undefined;
  fetch?: typeof fetch | undefined;
  credentials?: 'omit' | 'same-origin' | 'include' | undefined;
}

export interface Client {
  readonly url: string;
  readonly project: string;
  /** Where the routes are: `{url}/api/v1` or `{url}/p/{project}/api/v1`. */
  readonly base: string;
  /**
   * One request. Answers the parsed reply, or the `Response` of a route that sends bytes.
   * @throws ApiError when the server refuses, NetworkError when no answer came, the signal's reason when it was aborted.
   */
  call<R extends Route>(route: R, ...args: Arguments<R>): Promise<Output<R>>;
}

export function createClient(options: ClientOptions): Client {
  const url = options.url.replace(/\/+$/, '');
  const project = options.project ?? 'default';
  const base = `${url}${project === 'default' ? '' : `/p/${encodeURIComponent(project)}`}/api/v1`;
  // Looked up for each call, so that a page's or a test's replacement of the global counts.
  const send: typeof fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init);

  async function call<R extends Route>(route: R, ...args: Arguments<R>): Promise<Output<R>> {
    const [input = {}, callOptions = {}] = args as [LooseInput?, CallOptions?];
    const headers = new Headers(callOptions.headers);
    headers.set(PROTOCOL_HEADER, String(PROTOCOL));
    if (options.token) headers.set('authorization', `Bearer ${options.token}`);
    const once = creates(route);
    if (once && !headers.has('idempotency-key')) headers.set('idempotency-key', freshKey());
    const init: RequestInit & { duplex?: 'half' } = { method: route.method, headers };
    if (options.credentials) init.credentials = options.credentials;
    const bytes = route.body === 'bytes' || route.response === 'bytes';
    if (input.body !== undefined) {
      if (route.body === 'bytes') {
        init.body = input.body as NonNullable<RequestInit['body']>;
        if (!headers.has('content-type')) headers.set('content-type', 'application/octet-stream');
        if (input.body instanceof ReadableStream) init.duplex = 'half';
      } else {
        init.body = JSON.stringify(input.body);
        headers.set('content-type', 'application/json');
      }
    }

    const seconds = callOptions.timeoutSeconds ?? (bytes ? 0 : 30);
    const clock = seconds > 0 ? AbortSignal.timeout(seconds * 1000) : undefined;
    const signals = [callOptions.signal, clock].filter((signal) => signal !== undefined);
    if (signals.length > 0) init.signal = AbortSignal.any(signals);

    try {
      const address = base + pathOf(route.path, input.params) + queryOf(input.query);
      const response = await send(address, init).catch((error: unknown) => {
        // A creation whose reply was lost is asked for once more: with its key it is not made twice.
        if (!once || init.signal?.aborted) throw error;
        return send(address, init);
      });
      if (!response.ok) throw await refusal(response);
      if (route.response === 'bytes') return response as Output<R>;
      const body: unknown = await response.json();
      const parsed = (route.response as z.ZodType).safeParse(body);
      // A newer server has words for what this client does not know: its callers look for those that they know.
      if (!parsed.success && isNewer(response.headers) && parsed.error.issues.every(isUnknownWord))
        return body as Output<R>;
      if (!parsed.success) throw strangeReply(route, parsed.error);
      return parsed.data as Output<R>;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (callOptions.signal?.aborted) throw callOptions.signal.reason;
      throw new NetworkError(url, clock?.aborted ? `none within ${seconds} s` : reasonOf(error), { cause: error });
    }
  }

  return { url, project, base, call };
}

const isUnknownWord = ({ code, path }: z.core.$ZodIssue): boolean => code === 'invalid_value' && path.length > 0;

/** 128 random bits; `crypto.randomUUID` is missing on pages without TLS. */
const freshKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** What a call's input is once its route is only known as a value. */
interface LooseInput {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
}

/** `{name}` takes one part of the path, `{name+}` the rest of it with its slashes. */
export function pathOf(pattern: string, params: Record<string, unknown> = {}): string {
  return pattern.replace(/\{(\w+)(\+?)\}/g, (_, name: string, rest: string) => {
    const value = params[name];
    if (value === undefined || value === '') throw new TypeError(`${pattern} needs the parameter ${name}.`);
    return rest ? String(value).split('/').map(encodeURIComponent).join('/') : encodeURIComponent(String(value));
  });
}

export function queryOf(query: Record<string, unknown> = {}): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) => `${name}=${encodeURIComponent(Array.isArray(value) ? value.join(',') : `${value as string}`)}`,
    );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

async function refusal(response: Response): Promise<ApiError> {
  const { status } = response;
  const retryAfter = secondsOf(response.headers.get('retry-after'));
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = ErrorBody.safeParse(body);
  if (parsed.success) return new ApiError({ ...parsed.data.error, status, retryAfter });
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const message = `The server answered ${status}${response.statusText ? ` ${response.statusText}` : ''} without an explanation.`;
  return new ApiError({ code: codeOf(status), status, message, requestId, retryAfter });
}

/** For answers that a proxy gave, in no shape of ours. */
function codeOf(status: number): ErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 409) return 'conflict';
  if (status === 413) return 'too_large';
  if (status === 429) return 'rate_limited';
  if (status === 502 || status === 503 || status === 504) return 'unavailable';
  return status >= 500 ? 'internal' : 'invalid_request';
}

/** Delay-seconds only: the date form would need the clock. */
function secondsOf(header: string | null): number | undefined {
  return header !== null && /^\d+$/.test(header.trim()) ? Number(header) : undefined;
}

function strangeReply(route: Route, error: z.ZodError): ApiError {
  const [issue] = error.issues;
  return new ApiError({
    code: 'internal',
    status: 0,
    message: `The reply to ${route.method} ${route.path} is not what this client expects at \`${issue?.path.join('.')}\`: ${issue?.message}.`,
    hint: 'Client and server may be of different versions: update the older one.',
    retry: false,
  });
}

/** Node hides the reason ("ECONNREFUSED") in the cause of a TypeError, or in an AggregateError's list. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  if (cause instanceof Error && cause.message !== '') return cause.message;
  return error.message;
}
