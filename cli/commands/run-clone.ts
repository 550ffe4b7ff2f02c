import { runRoutes } from '@tidemark/api/contract/runs';
import { type Connection, connect } from '../context.ts';
import { findRun } from '../run-ref.ts';
import { registered } from '../terminal/registered.ts';

interface Options extends Connection {
  experiment?: string;
  name?: string;
  watch?: boolean;
}

export async function runClone(ref: string, options: Options): Promise<void> {
  const client = connect(options);
  const { id } = await findRun(client, ref, options);
  const run = await client.call(runRoutes.cloneRun, {
    params: { id },
    body: options.name ? { name: options.name } : {},
  });
  if (!options.watch || !options.json) registered(client, run, options.json ?? false);
  if (options.watch) await (await import('./run-watch.ts')).watch(client, run, options.json ?? false);
}
