import { mkdirSync, readdirSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../call.ts';
import { Journal } from './journal.ts';
import { takeLock } from './lock.ts';
import { isAlive } from './process.ts';
import { Sender } from './sender.ts';

/** $TIDEMARK_SPOOL_DIR, else `.tidemark/spool` in the home folder, else in the temporary one. Created when missing. */
export function spoolFolder(env: NodeJS.ProcessEnv = process.env): string {
  const wanted = env.TIDEMARK_SPOOL_DIR || join(homedir(), '.tidemark', 'spool');
  try {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    return wanted;
  } catch {
    const fallback = join(tmpdir(), 'tidemark-spool');
    mkdirSync(fallback, { recursive: true, mode: 0o700 });
    return fallback;
  }
}

export interface Synced {
  path: string;
  run: string;
  /**
   * `sent`: the server has all of it. `away`: it does not answer. `refused`: it will never take it; the journal is set aside.
   * `running`: its script is still at work and sends it itself. `busy`: another process sends it just now. `elsewhere`: it
   * belongs to another server or project.
   */
  state: 'sent' | 'away' | 'refused' | 'running' | 'busy' | 'elsewhere';
  message?: string;
}

export interface Progress {
  readonly run: string;
  /** Records that the server has, and that there are. */
  readonly acked: number;
  readonly records: number;
}

export interface SyncOptions {
  folder: string;
  client: Client;
  rng(): number;
  /** Send this one although its process lives (it is that process's own helper). */
  only?: string;
  onProgress?: (progress: Progress) => void;
  /** Between two runs. */
  signal?: AbortSignal;
}

/**
 * Sends what scripts left in a folder: those that died, and those that ran without a server. A run whose script died without an end is
 * ended as failed. Journals of another server or project, and of scripts that still run, are left alone. Cut off anywhere, the
 * same call again goes on; what was sent before is not stored twice.
 */
export async function syncSpool(options: SyncOptions): Promise<Synced[]> {
  const { folder, only, signal } = options;
  const results: Synced[] = [];
  const paths = only
    ? [only]
    : readdirSync(folder)
        .filter((name) => name.endsWith('.journal'))
        .sort()
        .map((name) => join(folder, name));
  for (const path of paths) {
    if (signal?.aborted) break;
    const release = takeLock(`${path}.lock`);
    if (!release) {
      results.push({ path, run: runOf(path), state: 'busy' });
      continue;
    }
    try {
      const synced = await syncOne(path, options);
      if (synced) results.push(synced);
      if (synced?.state === 'away') break;
    } finally {
      release();
    }
  }
  return results;
}

async function syncOne(path: string, { client, rng, only, onProgress }: SyncOptions): Promise<Synced | null> {
  const journal = openQuietly(path);
  if (!journal) return null;
  const { create, url, project, pid, born, host } = journal.opening;
  const run = create.id ?? runOf(path);
  const leave = (state: Synced['state'], message?: string): Synced => {
    journal.close();
    return { path, run, state, ...(message === undefined ? {} : { message }) };
  };
  const ended = journal.ending !== null;
  if (!only && !ended && host === hostname() && isAlive(pid, born ?? null)) return leave('running');
  if ((url !== null && url !== client.url) || (project !== null && project !== client.project)) {
    const where = [url, project === null ? null : `project ${project}`].filter((part) => part !== null);
    return leave('elsewhere', `it belongs to ${where.join(', ')}`);
  }
  // Another machine's script, its home folder shared, may still be at work.
  if (!ended && host !== hostname()) return leave('running', `on ${host}`);
  journal.end({
    outcome: 'failed',
    error: {
      code: 'script_died',
      message: 'The script ended without a word: killed, out of memory, or the machine stopped.',
    },
  });
  const sender = new Sender(client, journal, { rng });
  sender.onProgress = () => onProgress?.({ run, acked: journal.acked, records: journal.lastSeq });
  const outcome = await sender.send();
  if (outcome.state === 'sent') journal.remove();
  else if (outcome.state === 'refused') journal.setAside();
  return leave(outcome.state, 'error' in outcome ? outcome.error.message : undefined);
}

const runOf = (path: string): string => /([^/\\]+)\.journal$/.exec(path)?.[1] ?? path;

function openQuietly(path: string): Journal | null {
  try {
    return Journal.open(path);
  } catch {
    return null;
  }
}
