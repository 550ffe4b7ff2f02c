import { runRoutes } from '@tidemark/api/contract/runs';
import { type Connection, connectServer } from '../context.ts';
import { findRun } from '../run-ref.ts';
import { registered } from '../terminal/registered.ts';

interface Options extends Connection {
  experiment?: string;
  name?: string;
  watch?: boolean;
}

export async function runClone(ref: string, options: Options): Promise<void> {
  const server = connectServer(options);
  const { client } = server;
  const { id } = await findRun(client, ref, options);
  const run = await client.call(runRoutes.cloneRun, {
    params: { id },
    body: options.name ? { name: options.name } : {},
  });
  if (!options.watch || !options.json) registered(client, run, options.json ?? false);
  if (options.watch) await (await import('./run-watch.ts')).watch(server, run, options.json ?? false);
}
