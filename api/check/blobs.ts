import type { Row } from '@tidemark/db/database';
import { references } from '../blobs/references.ts';
import { type Checked, type Finding, quarantine } from './finding.ts';

/** Rows that can be taken out when their bytes are gone; what else names them is only told. */
const DISPENSABLE = ['artifacts', 'checkpoints', 'media_blobs', 'metric_volumes'] as const;

/** Every blob is in the store with its size and, if wanted, its digest; all that is named is there; what nobody knows is told. */
export async function checkBlobs(checked: Checked): Promise<Finding[]> {
  const { db, blobs: store, deep } = checked;
  const findings: Finding[] = [];
  const known = new Map<string, number>();
  for (const { digest, size } of await db.all<Row & { digest: string; size: number }>(
    'SELECT digest, size FROM blobs',
  )) {
    known.set(digest, size);
  }
  const inStore = new Map<string, number>();
  for (let after: string | null = null; ; ) {
    const page = await store.list(after, 1000);
    for (const { digest, size } of page.blobs) inStore.set(digest, size);
    if (page.next === null) break;
    after = page.next;
  }
  for (const [digest, size] of known) {
    const found = inStore.get(digest);
    if (found === undefined) findings.push(await lost(checked, digest, 'is missing in the store'));
    else if (found !== size) findings.push(await lost(checked, digest, `has ${found} of ${size} bytes in the store`));
    else if (deep && (await digestInStore(checked, digest)) !== digest) {
      findings.push(await lost(checked, digest, 'has other bytes in the store than its digest says'));
    }
  }
  const named = new Set<string>();
  for (const select of Object.values(references)) {
    for (const row of await db.all(select)) named.add(String(Object.values(row)[0]));
  }
  for (const digest of named) {
    if (known.has(digest)) continue;
    const size = inStore.get(digest);
    if (size === undefined) findings.push(await lost(checked, digest, 'is named, but nowhere'));
    else {
      findings.push({
        check: 'blobs',
        what: `blob ${digest} is named and in the store, but not listed`,
        severity: 'error',
        remedy: 'it is listed',
        repair: async () =>
          void (await db.all('INSERT INTO blobs (digest, size, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', [
            digest,
            size,
            checked.now,
          ])),
      });
    }
  }
  const orphans = [...inStore.keys()].filter((digest) => !known.has(digest) && !named.has(digest));
  if (orphans.length > 0) {
    findings.push({
      check: 'blobs',
      what: `${orphans.length} blobs in the store are known to nobody`,
      severity: 'note',
      remedy: 'they are listed, and deleted with what nothing names, an hour later',
      repair: async () => {
        for (const digest of orphans) {
          await db.batch([
            {
              sql: 'INSERT INTO blobs (digest, size, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
              params: [digest, inStore.get(digest)!, checked.now],
            },
            {
              sql: "INSERT INTO upkeep (name, due) VALUES ('blobs', ?) ON CONFLICT (name) DO NOTHING",
              params: [checked.now],
            },
          ]);
        }
      },
    });
  }
  return findings;
}

async function lost(checked: Checked, digest: string, how: string): Promise<Finding> {
  const { db, blobs } = checked;
  const users: string[] = [];
  for (const table of DISPENSABLE) {
    const rows = await db.all<Row & { who: string | number }>(
      `SELECT ${table === 'media_blobs' ? 'media' : 'run'} AS who FROM ${table} WHERE digest = ? LIMIT 3`,
      [digest],
    );
    for (const { who } of rows) users.push(`${table} of ${who}`);
  }
  const what = `blob ${digest} ${how}${users.length > 0 ? ` (${users.join(', ')})` : ''}`;
  return {
    check: 'blobs',
    what,
    severity: 'error',
    remedy: 'what of runs names it goes to quarantine, and its bytes may be stored again',
    repair: async () => {
      for (const table of DISPENSABLE) {
        await quarantine(checked, { table, where: 'digest = ?', params: [digest], reason: what });
      }
      await db.all('DELETE FROM blobs WHERE digest = ?', [digest]);
      await blobs.delete([digest]);
    },
  };
}

async function digestInStore({ blobs }: Checked, digest: string): Promise<string | null> {
  const blob = await blobs.get(digest);
  if (!blob) return null;
  try {
    // The store itself compares, piece by piece, where it takes bytes in; the same bytes again change nothing.
    return (await blobs.put(blob.body, { digest, size: blob.size, limit: Number.POSITIVE_INFINITY })).digest;
  } catch {
    return null;
  }
}
