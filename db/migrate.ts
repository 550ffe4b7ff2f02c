import type { Database } from './database.ts';

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/**
 * Brings a database up to date, each migration in one transaction and once, known by its name: one merged late with an earlier
 * number still runs. Every driver, entry and test calls this same function.
 */
export async function migrate(db: Database, migrations: readonly Migration[]): Promise<void> {
  await db.all(
    'CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) WITHOUT ROWID',
  );
  const done = new Set((await db.all('SELECT name FROM migrations')).map((row) => row.name));
  for (const { name, sql } of migrations) {
    if (done.has(name)) continue;
    await db.batch([
      ...sql.split('--> statement-breakpoint').map((text) => ({ sql: text.trim() })),
      { sql: 'INSERT INTO migrations (name, applied_at) VALUES (?, unixepoch() * 1000)', params: [name] },
    ]);
  }
}
