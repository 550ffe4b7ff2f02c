import type { Row } from '@tidemark/db/database';
import type { BlobStore } from '../blobs/store.ts';
import { ApiError } from '../errors.ts';

// Where a segment's bytes are: in its row (as all were once), in a pack beside it, or, of points of a run that has ended, in a volume.

/** Of `metric_segments AS s` with `STORES` joined: what `readStored` wants to know. */
export const STORED =
  'CASE WHEN s.pack IS NULL THEN s.data ELSE p.data END AS data, s.volume, s.start, s.size, v.digest';
export const STORES = `LEFT JOIN metric_packs AS p ON p.id = s.pack
  LEFT JOIN metric_volumes AS v ON v.run = s.run AND v.attempt = s.attempt AND v.volume = s.volume`;

export interface StoredRow extends Row {
  /** Null when the pack is gone. */
  data: Uint8Array | null;
  volume: number | null;
  start: number | null;
  size: number | null;
  digest: string | null;
}

/** Bytes of one read: what lies side by side in a volume is read together, up to this. */
const RANGE = 8 * 2 ** 20;

interface Reading {
  readonly digest: string;
  readonly start: number;
  end: number;
  readonly rows: number[];
}

/** The bytes of rows, from wherever they are; null for one whose volume is gone or cut short. @throws what the store throws. */
export async function readStored(blobs: BlobStore, rows: readonly StoredRow[]): Promise<(Uint8Array | null)[]> {
  const found: (Uint8Array | null)[] = rows.map(({ volume, data }) => (volume === null ? data : null));
  const moved = rows
    .map((row, index) => ({
      digest: row.digest,
      start: Number(row.start),
      size: Number(row.size),
      volume: row.volume,
      index,
    }))
    .filter(({ volume, digest }) => volume !== null && digest !== null)
    .sort((a, b) => (a.digest! < b.digest! ? -1 : a.digest! > b.digest! ? 1 : a.start - b.start));
  const readings: Reading[] = [];
  for (const { digest, start, size, index } of moved) {
    const last = readings.at(-1);
    if (last && last.digest === digest && last.end === start && start + size - last.start <= RANGE) {
      last.end += size;
      last.rows.push(index);
    } else readings.push({ digest: digest!, start, end: start + size, rows: [index] });
  }
  await Promise.all(
    readings.map(async ({ digest, start, end, rows: own }) => {
      const bytes = await readRange(blobs, digest, start, end);
      if (!bytes) return;
      for (const index of own) {
        const { start: at, size } = rows[index]!;
        found[index] = bytes.subarray(at! - start, at! - start + size!);
      }
    }),
  );
  return found;
}

/** As `readStored`, of rows that must all be there. Errors: unavailable. */
export async function requireStored(blobs: BlobStore, rows: readonly StoredRow[]): Promise<Uint8Array[]> {
  const found = await readStored(blobs, rows);
  return found.map((data, index) => {
    if (data) return data;
    // Without its pack a row has no points; the doctor says so.
    if (rows[index]!.volume === null) return new Uint8Array();
    throw new ApiError('unavailable', 'Points of a run are in a blob that is not in the store, or not whole.', {
      hint: '`tidemark doctor --check` says which.',
    });
  });
}

async function readRange(blobs: BlobStore, digest: string, start: number, end: number): Promise<Uint8Array | null> {
  const blob = await blobs.get(digest, { start, end: end - 1 });
  if (!blob) return null;
  if (blob.size < end) {
    await blob.body.cancel();
    return null;
  }
  const bytes = new Uint8Array(end - start);
  let length = 0;
  const reader = blob.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return length === bytes.length ? bytes : null;
    if (length + value.length > bytes.length) {
      await reader.cancel();
      return null;
    }
    bytes.set(value, length);
    length += value.length;
  }
}
