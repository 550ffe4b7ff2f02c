import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { getRun } from '@tidemark/api/contract/runs';
import { ApiError, type Client, NetworkError } from '@tidemark/client';
import { sendArchive } from '../archive/send-archive.ts';
import { writeArchive } from '../archive/write-archive.ts';
import { Failure } from '../failure.ts';
import { localFolder, localRuns, openLocal } from './open-local.ts';

export interface LocalSynced {
  readonly path: string;
  readonly run: string;
  /** `unfinished`: it has not ended. Others as for the runs of scripts; a refused one stays and is tried again. */
  readonly state: 'sent' | 'away' | 'refused' | 'running' | 'unfinished';
  readonly message?: string;
}

/**
 * Sends runs that were trained without a server, each as an archive: with its id, all that it logged, and its files. An archive that is
 * known is not taken twice; a folder goes when the server has said that it has all of it.
 */
export async function syncLocal(
  spool: string,
  client: Client,
  tell: (text: string) => void,
  signal: AbortSignal,
): Promise<LocalSynced[]> {
  const results: LocalSynced[] = [];
  for (const id of localRuns(spool)) {
    if (signal.aborted) break;
    const synced = await syncOne(spool, id, client, (text) => tell(`${id.slice(-8)}  ${text}`));
    if (!synced) continue;
    results.push(synced);
    if (synced.state === 'away') break;
  }
  return results;
}

async function syncOne(
  spool: string,
  run: string,
  client: Client,
  tell: (text: string) => void,
): Promise<LocalSynced | null> {
  const path = localFolder(spool, run);
  const archive = join(path, 'run.tar');
  // Open until it is sent: so no second process sends it, or goes on with it.
  const local = await openLocal(spool, run);
  if (!local) return { path, run, state: 'running' };
  let done = false;
  try {
    if (!existsSync(archive)) {
      const found = await local.client.call(getRun, { params: { id: run } }).catch((error: unknown) => {
        if (error instanceof ApiError && error.code === 'not_found') return null;
        throw error;
      });
      // Killed before it was registered: there is nothing in it.
      if (!found) {
        done = true;
        return null;
      }
      if (found.endedAt === null)
        return { path, run, state: 'unfinished', message: `tidemark run local --resume ${run.slice(-8)}` };
      await writeArchive(local.client, { scope: 'run', runs: [run] }, archive, tell);
    }
    await sendArchive(client, archive, 'same', tell);
    done = true;
    return { path, run, state: 'sent' };
  } catch (error) {
    if (error instanceof NetworkError || (error instanceof ApiError && error.retry))
      return { path, run, state: 'away', message: error.message };
    if (error instanceof ApiError || error instanceof Failure)
      return { path, run, state: 'refused', message: error.message };
    throw error;
  } finally {
    await local.close();
    if (done) rmSync(path, { recursive: true, force: true });
  }
}
