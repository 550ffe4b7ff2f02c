import { orm } from '@tidemark/db/orm';
import { tokens } from '@tidemark/db/schema/tokens';
import type { Token } from '../contract/tokens.ts';
import type { Deps } from '../deps.ts';
import { invalid } from '../errors.ts';
import { sha256Hex } from '../hash.ts';
import { tokenFields } from './rows.ts';
import { newSecret } from './secret.ts';

interface NewToken {
  readonly name: string;
  readonly scope: Token['scope'];
  readonly expiresInDays?: number | undefined;
  readonly experiments?: readonly number[] | undefined;
  readonly requestsPerSecond?: number | undefined;
  readonly createdBy?: string;
  /** One that is known beforehand, instead of a new one. */
  readonly secret?: string;
}

/**
 * Creates a token. Only the reply has its secret; the database keeps the SHA-256. Errors: invalid_request (an experiment that is none,
 * an admin's token that is restricted).
 */
export async function createToken(deps: Deps, given: NewToken): Promise<Token & { secret: string }> {
  const now = deps.now();
  const secret = given.secret ?? newSecret(deps.rng);
  const { name, scope, expiresInDays, experiments, requestsPerSecond, createdBy = 'server' } = given;
  if (experiments) await requireExperiments(deps, scope, experiments);
  const token = await orm(deps.db)
    .insert(tokens)
    .values({
      name,
      scope,
      hash: await sha256Hex(secret),
      created_at: now,
      expires_at: expiresInDays === undefined ? null : Math.round(now + expiresInDays * 86_400_000),
      experiments: experiments ? [...new Set(experiments)].sort((a, b) => a - b) : null,
      rate: requestsPerSecond ?? null,
      created_by: createdBy,
    })
    .returning(tokenFields)
    .get();
  return { ...token, secret };
}

async function requireExperiments(deps: Deps, scope: Token['scope'], ids: readonly number[]): Promise<void> {
  if (scope === 'admin') throw invalid(['experiments'], 'a token of scope admin cannot be restricted', { value: ids });
  const rows = await deps.db.all('SELECT id FROM experiments WHERE id IN (SELECT value FROM json_each(?))', [
    JSON.stringify(ids),
  ]);
  const missing = ids.find((id) => !rows.some((row) => row.id === id));
  if (missing !== undefined) throw invalid(['experiments'], 'is no experiment of this project', { value: missing });
}
