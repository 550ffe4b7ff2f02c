import type * as z from 'zod';
import type { StoredAs } from './blobs/store.ts';
import type { Route } from './contract/route.ts';
import type { Deps, Principal } from './deps.ts';

/** What a handler knows of its request beside its parsed input. */
export interface Call {
  readonly deps: Deps;
  /** A route of scope `public` has one only if a credential came along. */
  readonly principal: Principal;
  readonly request: Request;
  readonly requestId: string;
  /** Set where the front moves the bytes of this request, so that none pass through here. */
  readonly bytes: BytesPhase | undefined;
  /** Where the request came from, for rate limits; empty when unknown. */
  readonly address: string;
  /** What the audit log is to say beside the route's name, for a route that goes into it. */
  audit(detail: AuditDetail): void;
}

export interface AuditDetail {
  readonly target?: string;
  readonly before?: object;
  readonly after?: object;
  /** Whoever logged in by this request. */
  readonly by?: Principal;
}

/**
 * A request for bytes when front and project are apart (the edge): `plan` asks what to do with them, `commit` says that they
 * are stored (a part with the store's receipt), `refused` that the store found them wrong. Without a phase the handler moves the bytes itself.
 */
export type BytesPhase =
  | { readonly phase: 'plan' }
  | { readonly phase: 'commit'; readonly stored: StoredAs; readonly receipt?: string }
  | { readonly phase: 'refused' };

type Parsed<R extends Route, K extends 'params' | 'query' | 'body'> = R[K] extends z.ZodType
  ? Record<K, z.output<R[K]>>
  : unknown;

/** A route's request after parsing; a raw body is read from `call.request`. */
export type Parse<R extends Route> = Parsed<R, 'params'> & Parsed<R, 'query'> & Parsed<R, 'body'>;

/** Parse → verb → respond. A value becomes JSON with the route's status; a Response is passed on as it is. */
export type Handler<R extends Route> = (
  call: Call,
  input: Parse<R>,
) => Promise<Response | (R['response'] extends z.ZodType ? z.input<R['response']> : never)>;

/** The handlers of one area of the contract; every route has exactly one. */
export type Handlers<T extends Record<string, Route>> = { readonly [K in keyof T]: Handler<T[K]> };
