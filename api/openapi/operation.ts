import * as z from 'zod';
import { codesOf, creates } from '../contract/codes.ts';
import { errorDocs } from '../contract/docs/errors.ts';
import { routeDocs } from '../contract/docs/index.ts';
import { parameters as common } from '../contract/docs/parameters.ts';
import { ERRORS, ErrorBody, type ErrorCode } from '../contract/errors.ts';
import type { Route } from '../contract/route.ts';
import { examplesOf } from './examples.ts';
import type { Json, SchemaBook } from './schemas.ts';

type Shown = ReturnType<typeof examplesOf>;

/** What operations share, which becomes components. */
interface Shared {
  readonly book: SchemaBook;
  /** Replies of errors, by their codes. */
  readonly failures: Record<string, Json>;
}

/** One route as an operation of the document. `front`: it stands before the projects, and has no prefix. */
export function operation(name: string, route: Route, { book, failures }: Shared, front: boolean): Json {
  const doc = routeDocs[name];
  const shown = examplesOf(name);
  const parameters = [
    ...parametersOf(name, route.params, 'path', book, shown),
    ...parametersOf(name, route.query, 'query', book, shown),
    ...headersOf(route),
  ];
  const scope = `Scope: \`${route.scope}\`${route.workerToo ? ', or `worker`' : ''}.`;
  return {
    operationId: name,
    tags: [route.tag],
    summary: route.summary,
    description: doc ? `${doc.description}\n\n${scope}` : scope,
    ...(route.deprecated ? { deprecated: true } : {}),
    ...(front ? { servers: [{ url: '/', description: 'Before the projects: without a prefix.' }] } : {}),
    security: route.scope === 'public' ? [] : [{ token: [route.scope] }, { session: [route.scope] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body === undefined ? {} : { requestBody: requestOf(name, route, book, shown) }),
    responses: {
      [route.status]: successOf(name, route, book, shown),
      ...notModified(route),
      ...failuresOf(route, failures, book),
      ...(route.query ? { 431: { description: 'The address and the headers are longer than the server reads.' } } : {}),
    },
  };
}

function requestOf(name: string, route: Route, book: SchemaBook, shown: Shown): Json {
  const { body } = route;
  const examples = named(shown, ({ body }) => body);
  if (body === 'bytes') return { required: true, content: { 'application/octet-stream': { ...bytes, ...examples } } };
  const schema = book.refer(body!, 'input', `${capital(name)}Request`);
  const required = !body!.safeParse({}).success;
  return { required, content: { 'application/json': { schema, ...examples } } };
}

function successOf(name: string, route: Route, book: SchemaBook, shown: Shown): Json {
  const headers = {
    'X-Request-Id': { $ref: '#/components/headers/RequestId' },
    ...(route.method === 'GET' && route.response !== 'bytes' ? { ETag: { $ref: '#/components/headers/ETag' } } : {}),
    ...(creates(route) ? { 'Idempotency-Replayed': { $ref: '#/components/headers/Replayed' } } : {}),
  };
  const description = route.status === 201 ? 'Created' : 'Success';
  if (route.status === 204) return { description, headers };
  const examples = named(shown, ({ reply }) => shortened(reply));
  if (route.response === 'bytes') {
    const types = routeDocs[name]?.produces ?? ['application/octet-stream'];
    return { description, headers, content: Object.fromEntries(types.map((type) => [type, bytes])) };
  }
  const schema = book.refer(route.response, 'output', `${capital(name)}Reply`);
  return { description, headers, content: { 'application/json': { schema, ...examples } } };
}

const bytes = { schema: { type: 'string', format: 'binary' } };

const notModified = (route: Route): Json =>
  route.method === 'GET' && route.response !== 'bytes'
    ? { 304: { description: 'What `If-None-Match` names is still what is there.' } }
    : {};

/** By status; routes that may answer the same errors share one component. */
function failuresOf(route: Route, failures: Record<string, Json>, book: SchemaBook): Json {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codesOf(route)) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code].toSorted());
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const name = codes.join('.');
      failures[name] ??= failure(status, codes, book);
      return [status, { $ref: `#/components/responses/${name}` }];
    }),
  );
}

function failure(status: number, codes: readonly ErrorCode[], book: SchemaBook): Json {
  const examples = codes.map((code): [string, Json] => {
    const error = { code, message: errorDocs[code].message, requestId: '4f1c2a9be0d37a55' };
    return [code, { value: { error } }];
  });
  return {
    description: codes.map((code) => `\`${code}\`: ${errorDocs[code].meaning}`).join(' '),
    headers: {
      'X-Request-Id': { $ref: '#/components/headers/RequestId' },
      ...(status === 429 || status === 503 ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : {}),
    },
    content: {
      'application/json': { schema: book.refer(ErrorBody, 'output', 'Error'), examples: Object.fromEntries(examples) },
    },
  };
}

function parametersOf(
  name: string,
  schema: z.ZodType | undefined,
  where: 'path' | 'query',
  book: SchemaBook,
  shown: Shown,
): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const words: Readonly<Record<string, string | undefined>> = routeDocs[name]?.parameters ?? {};
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([parameter, inner]) => {
    const description = words[parameter] ?? common[parameter];
    const example = shown
      .map((each) => (where === 'path' ? each.params : each.query)[parameter])
      .find((value) => value !== undefined);
    return {
      name: parameter,
      in: where,
      required: where === 'path' || !inner.safeParse(undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: book.inline(inner),
      ...(example === undefined ? {} : { example }),
    };
  });
}

function headersOf(route: Route): Json[] {
  const names: string[] = [];
  if (creates(route)) names.push('IdempotencyKey');
  if (route.method === 'GET' && route.response !== 'bytes') names.push('IfNoneMatch');
  if (route.ifMatch) names.push('IfMatch');
  return names.map((header) => ({ $ref: `#/components/parameters/${header}` }));
}

function named(shown: Shown, pick: (example: Shown[number]) => unknown): Json {
  const entries = shown.flatMap((example): [string, Json][] => {
    const value = pick(example);
    return value === undefined ? [] : [[example.name, { value }]];
  });
  return entries.length > 0 ? { examples: Object.fromEntries(entries) } : {};
}

/** A page shows the kind of thing, not all forty params: open records and lists of layers are cut to a few. */
function shortened(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return (key === 'layers' ? value.slice(0, 3) : value).map((each) => shortened(each));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const kept = key === 'params' || key === 'resolved' ? entries.slice(0, 4) : entries;
  return Object.fromEntries(kept.map(([name, each]) => [name, shortened(each, name)]));
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
