import { defineConfig } from 'drizzle-kit';

// `npx drizzle-kit generate` in this folder drafts a migration. It knows no WITHOUT ROWID: add it by hand to every table with a text
// or composite key, then run migrations/generate.js; test/db/schema.test.ts compares the two.
export default defineConfig({ dialect: 'sqlite', schema: './schema/index.ts', out: './migrations' });
