import { readFileSync } from 'node:fs';
import { createApp } from '@tidemark/api/app';
import { Name } from '@tidemark/api/contract/common';
import { errorDocs } from '@tidemark/api/contract/docs/errors';
import { ERRORS } from '@tidemark/api/contract/errors';
import { ApiError, errorReply } from '@tidemark/api/errors';
import { issuesOf } from '@tidemark/api/issues';
import { DatabaseError } from '@tidemark/db/database';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { openDeps } from '../support/open-libsql.ts';

const principal = { name: 'tester', scope: 'admin', tokenId: null } as const;

test('what breaks inside is reported to the operator and never to the client', async () => {
  const reported: { error: unknown; requestId: string }[] = [];
  const { deps, close } = await openDeps({ report: (error, requestId) => void reported.push({ error, requestId }) });
  const app = createApp(deps);
  deps.db.close();
  const response = await app.fetch(new Request('http://x/api/v1/runs'), { principal });
  const { error } = (await response.json()) as { error: { code: string; message: string; requestId: string } };
  expect(response.status).toBe(500);
  expect(error.code).toBe('internal');
  expect(error.message).toBe('Something went wrong on the server. The request id finds it in its log.');
  expect(reported).toMatchObject([{ requestId: error.requestId }]);
  expect(response.headers.get('x-request-id')).toBe(error.requestId);
  await close();
});

test('a busy database is a reason to wait, a value too large none', () => {
  expect(errorReply(new DatabaseError('busy', 'locked'), 'id')).toMatchObject({
    status: 503,
    retryAfter: 1,
    body: { error: { code: 'unavailable' } },
  });
  expect(errorReply(new DatabaseError('too_large', 'secret'), 'id')).toMatchObject({
    status: 413,
    body: { error: { code: 'too_large' } },
  });
  for (const kind of ['constraint', 'other'] as const) {
    const reply = errorReply(new DatabaseError(kind, new Error('secret')), 'id');
    expect(reply.status).toBe(500);
    expect(JSON.stringify(reply)).not.toContain('secret');
  }
});

test('every code has its status, and keeps message, hint and details', () => {
  for (const [code, { status }] of Object.entries(ERRORS)) {
    const error = new ApiError(code as keyof typeof ERRORS, 'what', {
      hint: 'do this',
      details: [{ path: ['a', 0], message: 'm' }],
    });
    expect(errorReply(error, 'id')).toEqual({
      status,
      body: {
        error: { code, message: 'what', hint: 'do this', details: [{ path: ['a', 0], message: 'm' }], requestId: 'id' },
      },
    });
  }
});

test('the table for people is the one of the code', () => {
  const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \| (.+) \|$/gm)].map(([, code, status, again]) => [
    code,
    Number(status),
    again,
  ]);
  const codes = Object.entries(ERRORS).map(([code, { status }]) => [
    code,
    status,
    errorDocs[code as keyof typeof ERRORS].again,
  ]);
  expect(rows).toEqual(codes);
});

test('a wrong request is told in words: what is missing, what is unknown, what would be right', () => {
  const schema = z.strictObject({
    runs: z.string(),
    limit: z.coerce.number().int().min(1).max(1000).optional(),
    axis: z.enum(['step', 'epoch']).optional(),
    name: Name.optional(),
  });
  const told = (document: unknown) => {
    const { error } = schema.safeParse(document, { reportInput: true });
    return (error ? issuesOf(error, document, ['query']) : []).map(
      ({ path, message }) => `${path.join('.')} ${message}`,
    );
  };
  expect(told({})).toEqual(['query.runs is missing']);
  expect(told({ runs: 'a', bogus: 1, other: 2 })).toEqual([
    'query.bogus is not known here',
    'query.other is not known here',
  ]);
  expect(told({ runs: 1 })).toEqual(['query.runs must be string']);
  expect(told({ runs: 'a', limit: 'abc' })).toEqual(['query.limit must be number']);
  expect(told({ runs: 'a', limit: '5000' })).toEqual(['query.limit must be ≤ 1000']);
  expect(told({ runs: 'a', axis: 'days' })).toEqual(['query.axis must be one of step, epoch']);
  expect(told({ runs: 'a', name: 'x'.repeat(257) })).toEqual(['query.name must be ≤ 256 characters']);
  // Names are printed to terminals: an escape sequence in one could write anything there.
  expect(told({ runs: 'a', name: 'a\u001b[2Jb' })).toEqual(['query.name one line, without control characters']);
  expect(told({ runs: 'a', name: 'é 日本語 🐱 <b>' })).toEqual([]);
});
