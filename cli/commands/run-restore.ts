import { runRoutes } from '@tidemark/api/contract/runs';
import { type Connection, connect } from '../context.ts';
import { findRun } from '../run-ref.ts';

export async function runRestore(refs: string[], options: Connection & { experiment?: string }): Promise<void> {
  const client = connect(options);
  for (const ref of refs) {
    const { id } = await findRun(client, ref, { ...options, deleted: true });
    const run = await client.call(runRoutes.restoreRun, { params: { id } });
    if (options.json) console.log(JSON.stringify(run));
    else console.log(`${run.experiment}#${run.ordinal} ${run.name} is back.`);
  }
}
