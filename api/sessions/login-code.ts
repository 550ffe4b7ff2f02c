import type { Row } from '@tidemark/db/database';
import type { LoginLink } from '../contract/members.ts';
import type { Deps, Principal } from '../deps.ts';
import { sha256Hex } from '../hash.ts';
import { newSecret } from '../tokens/secret.ts';
import { HOLDER, holderOf } from './holder.ts';

/** Hours until a login link that nobody opened is void; a member is invited for longer. */
const CODE_HOURS = 24;
const INVITATION_HOURS = 7 * 24;

const codeHash = (code: string): Promise<string> => sha256Hex(`login:${code}`);

/** The address of a login, good once: a session that has yet to be taken up. */
export async function createLoginLink(
  deps: Deps,
  { tokenId, memberId = null }: Pick<Principal, 'tokenId' | 'memberId'>,
): Promise<LoginLink> {
  const code = newSecret(deps.rng).slice(3);
  const now = deps.now();
  const expiresAt = now + (tokenId === null ? INVITATION_HOURS : CODE_HOURS) * 3_600_000;
  await deps.db.all(
    'INSERT INTO sessions (hash, token_id, member_id, created_at, expires_at, code) VALUES (?, ?, ?, ?, ?, 1)',
    [await codeHash(code), tokenId, tokenId === null ? memberId : null, now, expiresAt],
  );
  return { path: `${deps.slug === 'default' ? '' : `/p/${deps.slug}`}/login?code=${code}`, expiresAt };
}

/** Takes a code up; null when there is none such, or none any more. */
export async function redeemLoginCode(deps: Deps, code: string): Promise<Principal | null> {
  const now = deps.now();
  const [taken] = await deps.db.all<Row>(
    'DELETE FROM sessions WHERE hash = ? AND expires_at > ? RETURNING token_id, member_id',
    [await codeHash(code), now],
  );
  if (!taken) return null;
  const [row] = await deps.db.all<Row>(
    `SELECT ${HOLDER.columns} FROM (SELECT ? AS token_id, ? AS member_id) AS sessions ${HOLDER.joins} WHERE ${HOLDER.stands}`,
    [taken.token_id!, taken.member_id!, now],
  );
  return row ? holderOf(row, null) : null;
}
