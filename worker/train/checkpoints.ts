import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, CorruptCheckpoint, decodeCheckpoint, digestOf, encodeCheckpoint } from '../checkpoint.ts';

export interface StoredCheckpoint {
  file: string;
  digest: string;
  size: number;
}

export const checkpointFile = (folder: string, digest: string): string => join(folder, `${digest}.ckpt`);

/** Writes a file that is either whole or not there, also after a power cut. */
export function writeDurably(file: string, bytes: Uint8Array): void {
  const next = `${file}.${process.pid}.next`;
  const handle = openSync(next, 'w');
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(next, file);
}

/** Stores a checkpoint under its digest. */
export function storeCheckpoint(folder: string, checkpoint: Checkpoint): StoredCheckpoint {
  const bytes = encodeCheckpoint(checkpoint);
  const digest = digestOf(bytes);
  const file = checkpointFile(folder, digest);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(file)) writeDurably(file, bytes);
  return { file, digest, size: bytes.length };
}

/** A checkpoint by digest: from this machine, else fetched. A damaged local file counts as missing. */
export async function readCheckpoint(
  folder: string,
  digest: string,
  fetch: (digest: string) => Promise<Uint8Array>,
): Promise<Checkpoint> {
  const file = checkpointFile(folder, digest);
  const local = existsSync(file) ? readFileSync(file) : null;
  const whole = local !== null && digestOf(local) === digest;
  const bytes = whole ? local : await fetch(digest);
  if (digestOf(bytes) !== digest) {
    throw new CorruptCheckpoint(`Its bytes are not those of the digest ${digest.slice(0, 12)}….`);
  }
  const checkpoint = decodeCheckpoint(bytes);
  if (!whole) {
    mkdirSync(folder, { recursive: true });
    writeDurably(file, bytes);
  }
  // A checkpoint cannot hold its own digest: an empty one means itself.
  if (checkpoint.best?.digest === '') checkpoint.best.digest = digest;
  return checkpoint;
}

/**
 * The newest checkpoint that can be used; a corrupt one is told and falls back to the one before.
 * @returns null when none can.
 */
export async function newestUsable(
  folder: string,
  checkpoints: readonly { step: number; digest: string }[],
  fetch: (digest: string) => Promise<Uint8Array>,
  tell: (text: string) => void,
): Promise<{ checkpoint: Checkpoint; digest: string } | null> {
  for (const { step, digest } of checkpoints) {
    try {
      return { checkpoint: await readCheckpoint(folder, digest, fetch), digest };
    } catch (error) {
      if (!(error instanceof CorruptCheckpoint)) throw error;
      tell(`The checkpoint of step ${step} cannot be used: ${error.message}`);
    }
  }
  return null;
}
