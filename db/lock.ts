import { createClient } from '@libsql/client/sqlite3';
import { classify } from './database.ts';

/**
 * Holds a file for this process alone, by SQLite's own lock on it: the system lets go of it however the process ends, so no
 * stale lock is ever left. Null when another holds it.
 */
export async function lockFile(path: string): Promise<{ release(): Promise<void> } | null> {
  const client = createClient({ url: `file:${path}`, timeout: 0 });
  try {
    const transaction = await client.transaction('write');
    return {
      release: async () => {
        await transaction.rollback();
        client.close();
      },
    };
  } catch (error) {
    client.close();
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (error instanceof Error && classify(`${code} ${error.message}`) === 'busy') return null;
    throw error;
  }
}
