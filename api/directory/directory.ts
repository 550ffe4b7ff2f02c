import type { Database, Row } from '@tidemark/db/database';
import type { ProjectEntry } from '../contract/front.ts';
import type { Role } from '../contract/members.ts';
import type { ProjectFigures } from './port.ts';

/** What exists, and what each project last told of itself. Times are given: the directory has no clock. */
export interface Directory {
  /** Whether there is such a project that is not being deleted. */
  has(slug: string): Promise<boolean>;
  /** False when the slug is taken, by one that is being deleted too. */
  add(slug: string, at: number, title?: string): Promise<boolean>;
  get(slug: string): Promise<ProjectEntry | null>;
  /** `default` first, then by name. */
  list(): Promise<ProjectEntry[]>;
  tell(slug: string, figures: ProjectFigures): Promise<void>;
  tellMembers(slug: string, members: readonly { email: string; role: Role }[]): Promise<void>;
  /** The roles of an address by slug. */
  rolesOf(email: string): Promise<Record<string, Role>>;
  /** From now on the project is not there; answers false when it was not. */
  doom(slug: string): Promise<boolean>;
  doomed(): Promise<string[]>;
  /** Forgets it: the slug is free again. */
  remove(slug: string): Promise<void>;
  /** When a project that is closed has something to do; null: nothing. */
  setDue(slug: string, at: number | null): Promise<void>;
  dues(): Promise<{ slug: string; at: number }[]>;
}

/** The directory in a database that has been migrated. */
export function openDirectory(db: Database): Directory {
  const rows = async (where: string, params: string[]): Promise<ProjectEntry[]> =>
    (await db.all(`SELECT * FROM projects ${where}`, params)).map(present);
  return {
    has: async (slug) =>
      (await db.all('SELECT 1 AS ok FROM projects WHERE slug = ? AND deleting = 0', [slug])).length > 0,
    add: async (slug, at, title = '') => {
      const sql = `INSERT INTO projects (slug, created_at, title) VALUES (?, ?, ?) ON CONFLICT (slug) DO NOTHING RETURNING slug`;
      return (await db.all(sql, [slug, at, title])).length > 0;
    },
    get: async (slug) => (await rows('WHERE slug = ?', [slug]))[0] ?? null,
    list: () => rows("ORDER BY slug <> 'default', slug", []),
    tell: async (slug, { title, archivedAt, runs, running, lastActivityAt, bytes }) => {
      await db.all(
        `UPDATE projects SET title = ?, archived_at = ?, runs = ?, running = ?, last_activity_at = ?, bytes = ? WHERE slug = ?`,
        [title, archivedAt, runs, running, lastActivityAt, bytes, slug],
      );
    },
    tellMembers: async (slug, members) => {
      await db.batch([
        { sql: 'DELETE FROM members WHERE slug = ?', params: [slug] },
        {
          sql: `INSERT INTO members (slug, email, role) SELECT ?, value ->> 'email', value ->> 'role' FROM json_each(?)
                WHERE EXISTS (SELECT 1 FROM projects WHERE slug = ?)`,
          params: [slug, JSON.stringify(members), slug],
        },
      ]);
    },
    rolesOf: async (email) => {
      const found = await db.all<Row & { slug: string; role: Role }>('SELECT slug, role FROM members WHERE email = ?', [
        email,
      ]);
      return Object.fromEntries(found.map(({ slug, role }) => [slug, role]));
    },
    doom: async (slug) =>
      (await db.all('UPDATE projects SET deleting = 1, due_at = NULL WHERE slug = ? RETURNING slug', [slug])).length >
      0,
    doomed: async () =>
      (await db.all('SELECT slug FROM projects WHERE deleting = 1 ORDER BY slug')).map((row) => String(row.slug)),
    remove: async (slug) => {
      await db.batch([
        { sql: 'DELETE FROM members WHERE slug = ?', params: [slug] },
        { sql: 'DELETE FROM projects WHERE slug = ?', params: [slug] },
      ]);
    },
    setDue: async (slug, at) => {
      await db.all('UPDATE projects SET due_at = ? WHERE slug = ? AND due_at IS NOT ?', [at, slug, at]);
    },
    dues: async () =>
      (await db.all('SELECT slug, due_at FROM projects WHERE due_at IS NOT NULL AND deleting = 0')).map((row) => ({
        slug: String(row.slug),
        at: Number(row.due_at),
      })),
  };
}

function present(row: Row): ProjectEntry {
  const archivedAt = row.archived_at === null ? null : Number(row.archived_at);
  return {
    slug: String(row.slug),
    title: String(row.title),
    createdAt: Number(row.created_at),
    archivedAt,
    state: row.deleting === 1 ? 'deleting' : archivedAt === null ? 'active' : 'archived',
    runs: Number(row.runs),
    running: Number(row.running),
    lastActivityAt: row.last_activity_at === null ? null : Number(row.last_activity_at),
    bytes: Number(row.bytes),
  };
}
