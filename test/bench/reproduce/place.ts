import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readConfig } from '@tidemark/api/config';
import { startServer } from '@tidemark/api/node';
import { type Client, createClient } from '@tidemark/client';
import { startWorker } from '../../../cli/start-worker.ts';
import { note } from './note.ts';

/** Where the runs go: a server and a worker of its own, or somebody's. */
export interface Place {
  client: Client;
  token: string | undefined;
  close(): Promise<void>;
}

interface Wanted {
  api?: string;
  token?: string;
  /** A folder that outlives the program, for the databases and checkpoints. */
  keep?: string;
}

export async function openPlace(values: Wanted): Promise<Place> {
  if (values.api)
    return {
      client: createClient({ url: values.api, token: values.token }),
      token: values.token,
      close: async () => {},
    };
  const dataDir = values.keep ? resolve(values.keep) : mkdtempSync(join(tmpdir(), 'tidemark-reproduce-'));
  const server = await startServer(readConfig({ dataDir, port: 0 }));
  const worker = startWorker({ url: server.url, token: server.token, dataDir, json: true });
  note(`server ${server.url}, data ${dataDir}; watch in a browser: ${server.loginUrl}`);
  return {
    client: createClient(server),
    token: server.token,
    async close() {
      await worker.stop();
      await server.close();
      if (!values.keep) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
