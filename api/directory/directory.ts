import type { Database } from '@tidemark/db/database';
import type { ProjectEntry } from '../contract/front.ts';

export interface Directory {
  has(slug: string): Promise<boolean>;
  /** False when the slug is taken. */
  add(slug: string, at: number): Promise<boolean>;
  /** `default` first, then by name. */
  list(): Promise<ProjectEntry[]>;
}

/** The directory in a database that has been migrated. */
export function openDirectory(db: Database): Directory {
  return {
    has: async (slug) => (await db.all('SELECT 1 AS ok FROM projects WHERE slug = ?', [slug])).length > 0,
    add: async (slug, at) => {
      const sql = 'INSERT INTO projects (slug, created_at) VALUES (?, ?) ON CONFLICT (slug) DO NOTHING RETURNING slug';
      return (await db.all(sql, [slug, at])).length > 0;
    },
    list: async () => {
      const rows = await db.all<{ slug: string; created_at: number }>(
        "SELECT slug, created_at FROM projects ORDER BY slug <> 'default', slug",
      );
      return rows.map((row) => ({ slug: row.slug, createdAt: row.created_at }));
    },
  };
}
