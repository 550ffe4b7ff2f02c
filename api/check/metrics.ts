import type { Row, SqlValue } from '@tidemark/db/database';
import { decodeFrame } from '../metrics/frame.ts';
import { readStored, STORED, STORES, type StoredRow } from '../metrics/stored.ts';
import { addToSummary, type CompactSummary, type Summaries } from '../metrics/summary.ts';
import { selectAttempts, spansOf, upToStep } from '../metrics/visible.ts';
import { type Checked, type Finding, quarantine } from './finding.ts';

/** Every point is read; what an ended run is said to amount to is compared with its points. One run in memory at a time. */
export async function checkMetrics(checked: Checked): Promise<Finding[]> {
  const { db } = checked;
  const findings: Finding[] = [];
  const packs = `FROM metric_packs WHERE id NOT IN (SELECT pack FROM metric_segments WHERE pack IS NOT NULL)`;
  const [stray] = await db.all<Row & { count: number }>(`SELECT COUNT(*) AS count ${packs}`);
  if (stray && stray.count > 0) {
    findings.push({
      check: 'metrics',
      what: `${stray.count} packs of points belong to no run`,
      severity: 'note',
      remedy: 'they are deleted',
      repair: async () => void (await db.all(`DELETE ${packs}`)),
    });
  }
  let after = '';
  for (;;) {
    const runs = await db.all<Row & { id: string; live: number }>(
      'SELECT id, EXISTS (SELECT 1 FROM live WHERE run = id) AS live FROM runs WHERE id > ? ORDER BY id LIMIT 100',
      [after],
    );
    for (const { id, live } of runs) findings.push(...(await checkRun(checked, id, live === 1)));
    const last = runs.at(-1);
    if (!last) return findings;
    after = last.id;
  }
}

interface Stored extends Row {
  attempt: number;
  place: string;
  number: number;
  key_group: number;
  data: Uint8Array | null;
}

async function checkRun(checked: Checked, run: string, live: boolean): Promise<Finding[]> {
  const { db } = checked;
  const findings: Finding[] = [];
  const { sql, params } = selectAttempts([run]);
  const spans = spansOf(await db.all(sql, params)).get(run) ?? [];
  const places = await db.all<Stored>(
    `SELECT attempt, 'metric_segments' AS place, part AS number, key_group, NULL AS data FROM metric_segments WHERE run = ?1 AND level = 0
     UNION ALL SELECT attempt, 'metric_chunks', chunk, 0, NULL FROM metric_chunks WHERE run = ?1 ORDER BY 1, 3, 4`,
    [run],
  );
  const summaries: Summaries = {};
  for (const { attempt, place, number, key_group } of places) {
    const segment = place === 'metric_segments';
    const where = segment
      ? 'run = ? AND attempt = ? AND level = 0 AND part = ? AND key_group = ?'
      : 'run = ? AND attempt = ? AND chunk = ?';
    const key = segment ? [run, attempt, number, key_group] : [run, attempt, number];
    const data = segment ? await segmentBytes(checked, key) : await chunkBytes(checked, key);
    try {
      const blocks = decodeFrame(data!);
      if (blocks.some(({ steps, values }) => steps.length !== values.length)) throw new RangeError('columns differ');
      const upTo = spans.find((span) => span.attempt === attempt)?.upTo ?? Number.NEGATIVE_INFINITY;
      addToSummary(
        summaries,
        blocks.map((block) => upToStep(block, upTo)),
      );
    } catch {
      const what = `points of run ${run}, attempt ${attempt}, from part ${number} on cannot be read`;
      findings.push({
        check: 'metrics',
        what,
        severity: 'error',
        remedy: 'they go to quarantine, and what the run amounts to is computed anew',
        repair: async () => {
          await quarantine(checked, { table: place, where, params: key, reason: what });
          // Cells beside them stand for points that are not there any more.
          if (segment) {
            await db.all('DELETE FROM metric_segments WHERE run = ? AND attempt = ? AND part = ? AND level > 0', [
              run,
              attempt,
              number,
            ]);
          }
        },
      });
    }
  }
  if (!live) findings.push(...(await compare(checked, run, summaries)));
  return findings;
}

/** Null when they are gone: the pack, the volume, or what it is named by. @throws what the store throws: then nothing is known. */
async function segmentBytes({ db, blobs }: Checked, key: readonly SqlValue[]): Promise<Uint8Array | null> {
  const [row] = await db.all<StoredRow>(
    `SELECT ${STORED} FROM metric_segments AS s ${STORES} WHERE s.run = ? AND s.attempt = ? AND s.level = 0 AND s.part = ? AND s.key_group = ?`,
    key,
  );
  if (row?.digest) {
    const size = await blobs.size(row.digest);
    if (size === null || size < Number(row.start) + Number(row.size)) return null;
  }
  return (await readStored(blobs, [row!]))[0]!;
}

async function chunkBytes({ db }: Checked, key: readonly SqlValue[]): Promise<Uint8Array | null> {
  const [row] = await db.all<Row & { data: Uint8Array }>(
    'SELECT data FROM metric_chunks WHERE run = ? AND attempt = ? AND chunk = ?',
    key,
  );
  return row?.data ?? null;
}

async function compare({ db }: Checked, run: string, summaries: Summaries): Promise<Finding[]> {
  const told = await db.all<Row & { key: string }>(
    'SELECT key, count, last, last_step, min, min_step, max, max_step FROM metric_series WHERE run = ?',
    [run],
  );
  const wrong = new Set<string>();
  for (const { key, ...row } of told) {
    const is = summaries[key];
    if (!is || Object.values(row).some((value, i) => !Object.is(value, is[i]) && value !== is[i])) wrong.add(key);
  }
  for (const key of Object.keys(summaries)) if (!told.some((row) => row.key === key)) wrong.add(key);
  if (wrong.size === 0) return [];
  return [
    {
      check: 'metrics',
      what: `run ${run} tells other figures than its points of ${[...wrong].slice(0, 5).join(', ')}`,
      severity: 'error',
      remedy: 'they are computed anew from its points',
      repair: async () => {
        for (const key of wrong) await rebuild(db, run, key, summaries[key]);
      },
    },
  ];
}

async function rebuild(
  db: Checked['db'],
  run: string,
  key: string,
  summary: CompactSummary | undefined,
): Promise<void> {
  if (!summary) {
    await db.all('DELETE FROM metric_series WHERE run = ? AND key = ?', [run, key]);
    return;
  }
  await db.all(
    `INSERT INTO metric_series (run, key, count, last, last_step, min, min_step, max, max_step) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (run, key) DO UPDATE SET count = excluded.count, last = excluded.last, last_step = excluded.last_step,
       min = excluded.min, min_step = excluded.min_step, max = excluded.max, max_step = excluded.max_step`,
    [run, key, ...summary],
  );
}
