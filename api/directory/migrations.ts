import type { Migration } from '@tidemark/db/migrate';

/**
 * The directory knows which projects exist and what they last told of themselves, who was let in by the identity provider, and nothing of
 * what is in a project.
 */
export const directoryMigrations: readonly Migration[] = [
  {
    name: '0000_projects',
    sql: 'CREATE TABLE projects (slug TEXT PRIMARY KEY, created_at INTEGER NOT NULL) WITHOUT ROWID',
  },
  {
    name: '0001_access',
    sql: [
      "ALTER TABLE projects ADD COLUMN title TEXT NOT NULL DEFAULT ''",
      'ALTER TABLE projects ADD COLUMN archived_at INTEGER',
      'ALTER TABLE projects ADD COLUMN runs INTEGER NOT NULL DEFAULT 0',
      'ALTER TABLE projects ADD COLUMN running INTEGER NOT NULL DEFAULT 0',
      'ALTER TABLE projects ADD COLUMN last_activity_at INTEGER',
      'ALTER TABLE projects ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0',
      'ALTER TABLE projects ADD COLUMN deleting INTEGER NOT NULL DEFAULT 0',
      'ALTER TABLE projects ADD COLUMN due_at INTEGER',
      `CREATE TABLE members (slug TEXT NOT NULL REFERENCES projects (slug) ON DELETE CASCADE, email TEXT NOT NULL, role TEXT NOT NULL,
         PRIMARY KEY (email, slug)) WITHOUT ROWID`,
      `CREATE TABLE persons (id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, email TEXT NOT NULL, name TEXT NOT NULL,
         roles TEXT NOT NULL, created_at INTEGER NOT NULL, last_login_at INTEGER NOT NULL) WITHOUT ROWID`,
      'CREATE UNIQUE INDEX persons_by_subject ON persons (issuer, subject)',
      `CREATE TABLE person_sessions (hash TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
         created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, agent TEXT NOT NULL) WITHOUT ROWID`,
      'CREATE INDEX person_sessions_by_person ON person_sessions (person)',
    ].join('\n--> statement-breakpoint\n'),
  },
];
