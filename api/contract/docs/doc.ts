import type * as z from 'zod';
import type { ErrorCode } from '../errors.ts';
import type { Route } from '../route.ts';

/**
 * What people read about the routes, apart from the contract, so that clients do not carry it: `docs/AREA.ts` has a description and
 * examples for each route of `contract/AREA.ts`, and words for its parameters where `parameters.ts` has none.
 *
 * Examples are run against real servers in one project. What a server makes up is written `{{route.path.in.its.reply}}`, of the first
 * example of that route, or `{{route/name.path}}` of another; `npm run examples` records the replies, which the document shows.
 */
export type Docs<T extends Record<string, Route>> = { readonly [K in keyof T]?: RouteDoc<T[K]> };

export interface RouteDoc<R extends Route = Route> {
  /** Markdown: what it does, and what is not obvious of it. */
  readonly description: string;
  /** Path and query parameters by name. */
  readonly parameters?: { readonly [K in Names<R['params']> | Names<R['query']>]?: string };
  /** Media types of a reply that is bytes. */
  readonly produces?: readonly string[];
  /** By name, the plainest first. */
  readonly examples: Readonly<Record<string, Example<R>>>;
}

export type Example<R extends Route = Route> = Part<R, 'params'> &
  OptionalPart<R> & {
    /** A raw body is given as its text. */
    readonly body?: R['body'] extends 'bytes' ? string : R['body'] extends z.ZodType ? z.input<R['body']> : never;
    readonly headers?: Readonly<Record<string, string>>;
    /** Routes whose first example comes before, beside those that are quoted. */
    readonly after?: readonly string[];
    /** Runs when all others are done: it removes or ends what they use. */
    readonly last?: true;
    /** The error it answers, where it cannot do otherwise everywhere. */
    readonly fails?: ErrorCode;
  };

type Names<S> = S extends z.ZodObject<infer Shape> ? Extract<keyof Shape, string> : never;
type Part<R extends Route, K extends 'params'> = R[K] extends z.ZodType
  ? { readonly [P in K]: z.input<R[K]> }
  : { readonly [P in K]?: never };
type OptionalPart<R extends Route> = R['query'] extends z.ZodType
  ? { readonly query?: z.input<R['query']> }
  : { readonly query?: never };

/** Keeps each route's own types. */
export const docs = <T extends Record<string, Route>>(_routes: T, value: Docs<T>): Docs<T> => value;
