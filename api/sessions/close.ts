import type { Deps } from '../deps.ts';
import { sessionHash } from './open.ts';

/** Logs a browser out. A session that is not there is success. */
export async function closeSession(deps: Deps, secret: string): Promise<void> {
  await deps.db.all('DELETE FROM sessions WHERE hash = ?', [await sessionHash(secret)]);
}
