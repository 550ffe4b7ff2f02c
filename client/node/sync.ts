import { mkdirSync, readdirSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../call.ts';
import { Journal } from './journal.ts';
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
  /** `running`: its script is still at work and sends it itself. */
  state: 'sent' | 'away' | 'refused' | 'running' | 'elsewhere';
  message?: string;
}

export interface SyncOptions {
  folder: string;
  client: Client;
  rng(): number;
  /** Send this one although its process lives (it is that process's own helper). */
  only?: string;
}

/**
 * Sends what dead scripts left in the spool. A run whose script died without an end is ended as failed. Journals of another
 * server or project, and of scripts that still run, are left alone.
 */
export async function syncSpool({ folder, client, rng, only }: SyncOptions): Promise<Synced[]> {
  const results: Synced[] = [];
  const names = only ? [only] : readdirSync(folder).filter((name) => name.endsWith('.journal'));
  for (const name of names.sort()) {
    const path = only ?? join(folder, name);
    const journal = openQuietly(path);
    if (!journal) continue;
    const { create, url, project, pid, host } = journal.opening;
    const run = create.id ?? name;
    if (!only && host === hostname() && isAlive(pid)) {
      journal.close();
      results.push({ path, run, state: 'running' });
      continue;
    }
    if ((url !== null && url !== client.url) || (project ?? 'default') !== client.project) {
      journal.close();
      results.push({
        path,
        run,
        state: 'elsewhere',
        message: `it belongs to ${url}${project ? `, project ${project}` : ''}`,
      });
      continue;
    }
    // Another machine's script, its home folder shared, may still be at work.
    if (!journal.ending && host !== hostname()) {
      journal.close();
      results.push({ path, run, state: 'running', message: `on ${host}` });
      continue;
    }
    journal.end({
      outcome: 'failed',
      error: {
        code: 'script_died',
        message: 'The script ended without a word: killed, out of memory, or the machine stopped.',
      },
    });
    const outcome = await new Sender(client, journal, { rng }).send();
    if (outcome.state === 'sent') journal.remove();
    else if (outcome.state === 'refused') journal.setAside();
    else journal.close();
    results.push({
      path,
      run,
      state: outcome.state,
      ...('error' in outcome ? { message: outcome.error.message } : {}),
    });
    if (outcome.state === 'away') break;
  }
  return results;
}

function openQuietly(path: string): Journal | null {
  try {
    return Journal.open(path);
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
