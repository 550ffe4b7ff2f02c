import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';

/** The run must exist; one in the trash does. Errors: not_found. */
export async function requireRun(deps: Deps, id: string): Promise<void> {
  const [row] = await deps.db.all('SELECT 1 AS ok FROM runs WHERE id = ?', [id]);
  if (!row) throw notFound(`run ${id}`);
}
