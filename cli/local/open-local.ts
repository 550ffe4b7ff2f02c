import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '@tidemark/api/config';
import { StartError, startServer } from '@tidemark/api/node';
import { type Client, createClient } from '@tidemark/client';

/** A run's own server, in this process, on a folder that nothing else is in. */
export interface LocalRun {
  readonly id: string;
  readonly folder: string;
  readonly url: string;
  readonly token: string;
  readonly loginUrl: string;
  readonly client: Client;
  close(): Promise<void>;
}

const parentOf = (spool: string): string => join(spool, 'local');
export const localFolder = (spool: string, id: string): string => join(parentOf(spool), id);

/** Runs that were trained without a server and wait here, oldest first. */
export function localRuns(spool: string): string[] {
  const parent = parentOf(spool);
  return existsSync(parent)
    ? readdirSync(parent)
        .filter((name) => /^[0-9a-f]{32}$/.test(name))
        .sort()
    : [];
}

/** Null while another process trains or sends it. */
export async function openLocal(spool: string, id: string): Promise<LocalRun | null> {
  const folder = localFolder(spool, id);
  try {
    // Settings of the environment are those of a server for everybody.
    const server = await startServer(
      readConfig({ dataDir: folder, host: '127.0.0.1', port: 0, rateLimit: 'off', logLevel: 'error' }, {}),
    );
    const { url, token, loginUrl, close } = server;
    return { id, folder, url, token, loginUrl, client: createClient({ url, token }), close };
  } catch (error) {
    if (error instanceof StartError) return null;
    throw error;
  }
}
