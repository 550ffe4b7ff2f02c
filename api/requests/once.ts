import { type Database, DatabaseError, originOf, type Row, type Statement } from '@tidemark/db/database';
import type { Deps, Principal } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';
import { sha256Hex } from '../hash.ts';
import { open, seal } from './seal.ts';

/** Hours that a key is remembered. */
const KEPT_MS = 24 * 3_600_000;
/** A longer reply is not kept: its request, sent again, is a conflict. */
const LONGEST_REPLY = 1_000_000;

export interface Asked {
  /** The header, as it came. */
  readonly key: string;
  readonly principal: Principal;
  /** Method and path. */
  readonly where: string;
  /** What the request says, parsed. */
  readonly what: unknown;
}

/** Carries a request out once, however often it is asked. `work` makes the reply over the database that it is given. */
export type Once = (asked: Asked, work: (db: Database) => Promise<Response>) => Promise<Response>;

/**
 * Idempotency keys (draft-ietf-httpapi-idempotency-key-header). The first statement of a request that writes takes a mark along in the
 * same transaction, so what was created and the memory of it are there both or neither, wherever a server dies. The reply is kept
 * once it is made. The same request again is answered it; without one (the server died in between) it is a conflict, and is not
 * carried out twice. What is refused leaves no mark and may be tried again. Errors: invalid_request, conflict.
 */
export function createOnce(deps: Deps): Once {
  const under = new Map<string, Promise<unknown>>();
  return async (asked, work) => {
    if (!/^[\x21-\x7e]{1,255}$/.test(asked.key)) {
      throw invalid(['headers', 'idempotency-key'], 'is 1 to 255 visible characters of ASCII', {
        value: asked.key.slice(0, 300),
      });
    }
    const key = await sha256Hex(`${identity(asked.principal)} ${asked.where} ${asked.key}`);
    const fingerprint = await sha256Hex(JSON.stringify(asked.what));
    // The same key at the same time: the second waits for the first, then finds what it left.
    while (under.has(key)) await under.get(key)?.catch(() => {});
    const turn = first(deps, { asked, key, fingerprint }, work);
    under.set(key, turn);
    try {
      return await turn;
    } finally {
      under.delete(key);
    }
  };
}

interface Request {
  readonly asked: Asked;
  readonly key: string;
  readonly fingerprint: string;
}

async function first(deps: Deps, request: Request, work: (db: Database) => Promise<Response>): Promise<Response> {
  const { asked, key, fingerprint } = request;
  const known = await find(deps, key);
  if (known) return again(known, request);
  const mark: Statement = {
    sql: 'INSERT INTO requests (key, fingerprint, created_at) VALUES (?, ?, ?)',
    params: [key, fingerprint, deps.now()],
  };
  const marked = withMark(deps.db, mark, async (error) => {
    if (await find(deps, key)) throw inDoubt('Another request with this Idempotency-Key is being carried out.');
    throw error;
  });
  const response = await work(marked.db).catch(async (error: unknown) => {
    // A refusal may be tried again; of what broke in the middle nobody knows how much is done.
    if (marked.done() && error instanceof ApiError) await deps.db.all('DELETE FROM requests WHERE key = ?', [key]);
    throw error;
  });
  const body = await response.clone().text();
  if (body.length > LONGEST_REPLY) return response;
  const reply = await seal(deps.rng, asked.key, JSON.stringify({ status: response.status, body }));
  await deps.db.all(
    `INSERT INTO requests (key, fingerprint, created_at, reply) VALUES (?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET reply = excluded.reply`,
    [key, fingerprint, deps.now(), reply],
  );
  deps.schedule(deps.now() + KEPT_MS);
  return response;
}

type Known = Row & { fingerprint: string; created_at: number; reply: Uint8Array | null };

async function find(deps: Deps, key: string): Promise<Known | null> {
  const [row] = await deps.db.all<Known>('SELECT fingerprint, created_at, reply FROM requests WHERE key = ?', [key]);
  if (!row) return null;
  if (row.created_at > deps.now() - KEPT_MS) return row;
  await deps.db.all('DELETE FROM requests WHERE key = ? AND created_at = ?', [key, row.created_at]);
  return null;
}

async function again(known: Known, { asked, fingerprint }: Request): Promise<Response> {
  if (known.fingerprint !== fingerprint) {
    throw new ApiError('conflict', 'This Idempotency-Key was used for another request.', {
      hint: 'A new request takes a new key; the same key is for the same request again.',
    });
  }
  if (!known.reply) throw inDoubt('This request was carried out, but its reply was not kept.');
  const { status, body } = JSON.parse(await open(asked.key, known.reply)) as { status: number; body: string };
  const headers = { 'content-type': 'application/json', 'idempotency-replayed': 'true' };
  return new Response(body, { status, headers });
}

const inDoubt = (message: string): ApiError =>
  new ApiError('conflict', message, {
    hint: 'Look whether what it creates is there, before sending it with a new key.',
  });

/** A database whose first writing statement takes `mark` along. */
function withMark(
  db: Database,
  mark: Statement,
  clash: (error: unknown) => Promise<never>,
): { db: Database; done: () => boolean } {
  let done = false;
  async function marking<T>(
    statements: readonly Statement[],
    run: (all: readonly Statement[]) => Promise<T[]>,
  ): Promise<T[]> {
    if (done || !statements.some(({ sql }) => /\b(INSERT|UPDATE|DELETE|REPLACE)\b/i.test(sql))) return run(statements);
    try {
      const results = await run([...statements, mark]);
      done = true;
      return results.slice(0, -1);
    } catch (error) {
      // The statement's own rule was broken, unless the mark is there.
      if (error instanceof DatabaseError && error.kind === 'constraint') return clash(error);
      throw error;
    }
  }
  const batch: Database['batch'] = (statements) => marking(statements, (all) => db.batch(all));
  const batchValues: Database['batchValues'] = (statements) => marking(statements, (all) => db.batchValues(all));
  return {
    done: () => done,
    db: {
      batch,
      batchValues,
      all: async <T extends Row>(sql: string, params: Statement['params'] = []) =>
        (await batch([{ sql, params }]))[0] as T[],
      values: async (sql, params = []) => (await batchValues([{ sql, params }]))[0]!,
      close: () => db.close(),
      origin: originOf(db),
    },
  };
}

const identity = ({ tokenId, memberId, userId, name }: Principal): string =>
  tokenId !== null ? `token ${tokenId}` : memberId != null ? `member ${memberId}` : (userId ?? name);
