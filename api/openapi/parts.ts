import type { Json } from './schemas.ts';

/** Headers that many operations take. */
export const parameters: Readonly<Record<string, Json>> = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'A text of your own for this one creation, such as a UUID. The same request again with the same key answers the same reply for 24 hours and creates nothing; another request with it is a `conflict`.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
    example: '5c9f1a52-4b7e-4a53-9c5c-0d3d9f8f2c11',
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of an earlier reply: if it would be the same again, the answer is 304, without a body.',
    schema: { type: 'string' },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'The `ETag` that the change was made from: if it is another by now, the answer is 412 and nothing changes.',
    schema: { type: 'string' },
  },
};

/** Headers that many replies have. */
export const headers: Readonly<Record<string, Json>> = {
  RequestId: {
    description: 'Finds the request in the server’s log. A request’s own `X-Request-Id` is taken over.',
    schema: { type: 'string' },
  },
  ETag: { description: 'Of this reply; weak, so that compression does not change it.', schema: { type: 'string' } },
  RetryAfter: { description: 'Seconds until another try makes sense.', schema: { type: 'integer' } },
  Replayed: {
    description: '`true`: this reply is that of an earlier request with the same key.',
    schema: { type: 'string', enum: ['true'] },
  },
};

/** What is no route of the contract's table. */
export function otherPaths(version: string): Record<string, Json> {
  const json = (schema: Json, value: unknown): Json => ({
    description: 'Success',
    content: { 'application/json': { schema, examples: { plain: { value } } } },
  });
  return {
    '/healthz': {
      get: {
        operationId: 'healthz',
        tags: ['server'],
        summary: 'Whether the server answers.',
        description: 'For load balancers and start scripts. Needs no token.',
        security: [],
        responses: {
          200: json(
            {
              type: 'object',
              required: ['ok', 'version'],
              properties: { ok: { type: 'boolean' }, version: { type: 'string' } },
            },
            { ok: true, version },
          ),
        },
      },
    },
    '/api/v1/openapi.json': {
      get: {
        operationId: 'openapi',
        tags: ['server'],
        summary: 'This document.',
        description: 'For people it is at `/docs`. Needs no token.',
        security: [],
        responses: { 200: json({ type: 'object' }, { openapi: '3.1.0' }) },
      },
    },
  };
}
