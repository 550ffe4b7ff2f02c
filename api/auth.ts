import type * as z from 'zod';
import type { Role } from './contract/members.ts';
import type { Scope } from './contract/route.ts';
import type { TokenScope } from './contract/tokens.ts';
import type { Deps, Principal } from './deps.ts';
import { ApiError } from './errors.ts';
import { sha256Hex } from './hash.ts';

type Granted = z.output<typeof TokenScope>;

/** What each scope may do: write and worker read too; admin does everything. */
const grants: Record<Granted, readonly Scope[]> = {
  read: ['read'],
  write: ['read', 'write'],
  worker: ['read', 'worker'],
  admin: ['read', 'write', 'worker', 'admin'],
};

/** The scope that a member's role is worth. */
export const scopeOfRole: Readonly<Record<Role, Granted>> = { viewer: 'read', editor: 'write', admin: 'admin' };

export const allows = (scope: Granted, needed: Scope): boolean =>
  needed === 'public' || (grants[scope] ?? []).includes(needed);

/** `last_used_at` and `last_seen_at` are written at most this often: each costs a row. */
export const USED_EVERY = 3_600_000;

/** The principal of an `Authorization: Bearer` token. Errors: unauthorized. */
export async function authenticate(deps: Deps, secret: string): Promise<Principal> {
  const hash = await sha256Hex(secret);
  const [row] = await deps.db.all<{
    id: number;
    name: string;
    scope: Granted;
    expires_at: number | null;
    last_used_at: number | null;
    revoked_at: number | null;
    experiments: string | null;
    rate: number | null;
  }>('SELECT id, name, scope, expires_at, last_used_at, revoked_at, experiments, rate FROM tokens WHERE hash = ?', [
    hash,
  ]);
  const now = deps.now();
  if (!row || row.revoked_at !== null) throw unauthorized('This token is not known, or was revoked.');
  if (row.expires_at !== null && row.expires_at <= now) throw unauthorized('This token has expired.');
  if (row.last_used_at === null || now - row.last_used_at > USED_EVERY) {
    await deps.db.all('UPDATE tokens SET last_used_at = ? WHERE id = ?', [now, row.id]);
  }
  const { name, scope, experiments, rate } = row;
  return { name, scope, tokenId: row.id, experiments: experimentsOf(experiments), rate };
}

/** A token's restriction as its column keeps it. */
export const experimentsOf = (column: string | null): readonly number[] | null =>
  column === null ? null : (JSON.parse(column) as number[]);

export const unauthorized = (message: string): ApiError =>
  new ApiError('unauthorized', message, { hint: 'Send `Authorization: Bearer TOKEN`.' });

export function requireScope(principal: Principal, needed: Scope): void {
  if (allows(principal.scope, needed)) return;
  if (principal.role)
    throw new ApiError(
      'forbidden',
      `This needs the role ${needed === 'write' ? 'editor' : 'admin'}; yours is ${principal.role}.`,
    );
  throw new ApiError('forbidden', `This needs a token of scope ${needed}; yours has scope ${principal.scope}.`, {
    hint: `An admin makes one: tidemark token create NAME --scope ${needed}`,
  });
}
