import { createApp } from '@tidemark/api/app';
import { ERRORS } from '@tidemark/api/contract/errors';
import { ApiError, errorReply } from '@tidemark/api/errors';
import { DatabaseError } from '@tidemark/db/database';
import { expect, test } from 'vitest';
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
