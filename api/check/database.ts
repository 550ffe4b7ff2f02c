import type { Row } from '@tidemark/db/database';
import { type Checked, type Finding, quarantine } from './finding.ts';

/** SQLite's own check of the file, and rows that name rows that there are not. */
export async function checkDatabase(checked: Checked): Promise<Finding[]> {
  const { db } = checked;
  const problems = await db.all<Row & { integrity_check: string }>('PRAGMA integrity_check(20)');
  const findings: Finding[] = problems
    .filter(({ integrity_check }) => integrity_check !== 'ok')
    .map(({ integrity_check }) => ({
      check: 'file',
      what: integrity_check,
      severity: 'error',
      remedy: null,
    }));
  const tables = await db.all<Row & { name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  for (const { name } of tables) {
    const keys = await db.all<Row & { table: string; from: string; to: string | null }>(
      'SELECT "table", "from", "to" FROM pragma_foreign_key_list(?)',
      [name],
    );
    for (const { table: parent, from, to } of keys) {
      const where = `${from} IS NOT NULL AND ${from} NOT IN (SELECT ${to ?? 'id'} FROM ${parent})`;
      const [lost] = await db.all<Row & { count: number }>(`SELECT COUNT(*) AS count FROM ${name} WHERE ${where}`);
      if (!lost || lost.count === 0) continue;
      const what = `${lost.count} rows of ${name} name ${parent} that are not there`;
      findings.push({
        check: 'references',
        what,
        severity: 'error',
        remedy: 'the rows go to quarantine',
        repair: () => quarantine(checked, { table: name, where, params: [], reason: what }),
      });
    }
  }
  return findings;
}
