import type { Row } from '@tidemark/db/database';
import { orm } from '@tidemark/db/orm';
import { members } from '@tidemark/db/schema/members';
import { eq } from 'drizzle-orm';
import type { Member, Role } from '../contract/members.ts';
import type { Deps } from '../deps.ts';
import { ApiError, notFound } from '../errors.ts';
import { memberFields } from './rows.ts';
import { tellMembers } from './tell.ts';

/** Changes a member's role or name; answers it as it was and as it is. The last admin stays one. Errors: not_found, conflict. */
export async function updateMember(
  deps: Deps,
  id: number,
  { role, name }: { role?: Role | undefined; name?: string | undefined },
): Promise<{ before: Member; after: Member }> {
  const read = () => orm(deps.db).select(memberFields).from(members).where(eq(members.id, id)).get();
  const before = await read();
  if (!before) throw notFound(`member ${id}`);
  const changed = await deps.db.all<Row>(
    `UPDATE members SET role = COALESCE(?, role), name = COALESCE(?, name)
     WHERE id = ? AND (role <> 'admin' OR COALESCE(?, role) = 'admin' OR ${OTHER_ADMIN}) RETURNING id`,
    [role ?? null, name ?? null, id, role ?? null],
  );
  if (changed.length === 0) throw lastAdmin(before.email);
  await tellMembers(deps);
  return { before, after: (await read()) ?? before };
}

/** SQL: another member than this row's is an admin. */
export const OTHER_ADMIN =
  "EXISTS (SELECT 1 FROM members AS other WHERE other.role = 'admin' AND other.id <> members.id)";

export const lastAdmin = (email: string): ApiError =>
  new ApiError('conflict', `${email} is the last admin among the members.`, {
    hint: 'Make somebody else an admin first.',
  });
