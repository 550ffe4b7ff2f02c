import type * as z from 'zod';
import type { ErrorCode } from './errors.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a token must be allowed to do. `public` needs none; `session` is the browser's login. */
export type Scope = 'public' | 'read' | 'write' | 'worker' | 'admin';

/**
 * One endpoint. The table of them (`index.ts`) is the only definition of the wire format: the server mounts it, the client
 * calls it, OpenAPI is printed from it. Paths are relative to `/api/v1`, with `{name}` parameters; a final `{name+}` takes
 * the rest of the path, slashes included.
 */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly scope: Scope;
  /** A worker's token may too; for a run's own things only with the run's lease in `Tidemark-Lease: attempt.token`. */
  readonly workerToo?: true;
  /** Goes into the audit log when it succeeds; every DELETE and every write of scope admin does anyway. */
  readonly audited?: true;
  /** A write that an archived project still takes. */
  readonly whileArchived?: true;
  /**
   * A token that is restricted to experiments sees nothing else when it reads, and writes runs and experiments by their id in the path.
   * `shared`: it may also call this write, which touches no experiment or checks it itself.
   */
  readonly restricted?: 'shared';
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  /** A JSON body, or `bytes` for a raw one. */
  readonly body?: z.ZodType | 'bytes';
  /** A JSON reply, or `bytes` for a raw one (with Range). */
  readonly response: z.ZodType | 'bytes';
  readonly status: 200 | 201 | 204;
  readonly errors: readonly ErrorCode[];
  /** An update that honours `If-Match` with the ETag of this address's GET. */
  readonly ifMatch?: true;
  /** Replies then say so (docs/api.md, "Versions"): the days on which it was deprecated and will be gone, and what takes its place. */
  readonly deprecated?: { readonly since: string; readonly sunset: string; readonly instead: string };
}

/** Keeps the literal types of a route, so that the client's types follow from its value. */
export const route = <const R extends Route>(value: R): R => value;

type Part<R extends Route, K extends 'params' | 'query' | 'body'> = R[K] extends z.ZodType
  ? Record<K, z.input<R[K]>>
  : R[K] extends 'bytes'
    ? Record<K, Uint8Array | ReadableStream<Uint8Array>>
    : unknown;

/** What a caller gives. */
export type Input<R extends Route> = Part<R, 'params'> & Part<R, 'query'> & Part<R, 'body'>;

/** What a caller gets. */
export type Output<R extends Route> = R['response'] extends z.ZodType ? z.output<R['response']> : Response;
