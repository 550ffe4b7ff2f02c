import { createProject } from '@tidemark/api/project';
import type { Database } from '@tidemark/db/database';
import { DatabaseError } from '@tidemark/db/database';
import { afterEach, describe, expect, test } from 'vitest';
import { type OpenDeps, openDeps } from '../support/open-libsql.ts';

/** A database that answers until it is told to fail. */
function failing(db: Database): { db: Database; failWith(error: unknown): void } {
  let failure: unknown;
  const check = (): void => {
    if (failure) throw failure;
  };
  return {
    failWith: (error) => {
      failure = error;
    },
    db: {
      all: async (sql, params) => {
        check();
        return db.all(sql, params);
      },
      batch: async (statements) => {
        check();
        return db.batch(statements);
      },
      values: async (sql, params) => {
        check();
        return db.values(sql, params);
      },
      batchValues: async (statements) => {
        check();
        return db.batchValues(statements);
      },
      close: () => db.close(),
    },
  };
}

describe('an exception inside', () => {
  let opened: OpenDeps;
  afterEach(() => opened.close());

  test.each(['/api/v1/runs', '/login?code=abc'])(
    'of %s shows a client nothing, and is told to the log',
    async (path) => {
      const told: [unknown, string][] = [];
      opened = await openDeps();
      const { db, failWith } = failing(opened.deps.db);
      const project = createProject({ ...opened.deps, db, report: (error, id) => void told.push([error, id]) });
      const secret = new Error('no such column: tokens.hash at /srv/tidemark/api/auth.ts:12');
      failWith(secret);
      const headers = { authorization: 'Bearer x', cookie: `tidemark-default=${'a'.repeat(40)}` };
      const response = await project.fetch(new Request(`http://localhost${path}`, { headers }));
      expect(response.status).toBe(500);
      const text = await response.text();
      const { error } = JSON.parse(text) as { error: { code: string; requestId: string } };
      expect(error.code).toBe('internal');
      expect(text).not.toMatch(/column|srv|\.ts|Error:/);
      expect(told).toEqual([[secret, error.requestId]]);
      expect(response.headers.get('x-request-id')).toBe(error.requestId);
    },
  );

  test('a busy database is `unavailable`, with when to come again', async () => {
    opened = await openDeps();
    const { db, failWith } = failing(opened.deps.db);
    const project = createProject({ ...opened.deps, db, report: () => {} });
    failWith(new DatabaseError('busy', new Error('database is locked')));
    const headers = { authorization: 'Bearer x' };
    const response = await project.fetch(new Request('http://localhost/api/v1/runs', { headers }));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });
});
