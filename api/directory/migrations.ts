import type { Migration } from '@tidemark/db/migrate';

/** The directory knows that projects exist, and nothing of what is in them. */
export const directoryMigrations: readonly Migration[] = [
  {
    name: '0000_projects',
    sql: 'CREATE TABLE projects (slug TEXT PRIMARY KEY, created_at INTEGER NOT NULL) WITHOUT ROWID',
  },
];
