import type { Row } from '@tidemark/db/database';
import type { Role } from '../contract/members.ts';
import type { Deps } from '../deps.ts';

/** Tells the directory who the members are, for their home pages. What it does not hear now it hears with the next change. */
export async function tellMembers(deps: Deps): Promise<void> {
  if (!deps.directory) return;
  const rows = await deps.db.all<Row & { email: string; role: Role }>('SELECT email, role FROM members ORDER BY id');
  try {
    await deps.directory.tellMembers(rows);
  } catch (error) {
    deps.report?.(error, 'members');
  }
}
