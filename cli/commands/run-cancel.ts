import { runRoutes } from '@tidemark/api/contract/runs';
import { type Connection, connect } from '../context.ts';
import { findRun } from '../run-ref.ts';

export async function runCancel(refs: string[], options: Connection & { experiment?: string }): Promise<void> {
  const client = connect(options);
  for (const ref of refs) {
    const { id } = await findRun(client, ref, options);
    const run = await client.call(runRoutes.cancelRun, { params: { id } });
    if (options.json) console.log(JSON.stringify(run));
    else if (run.status === 'cancelling')
      console.log(`${run.experiment}#${run.ordinal} is asked to stop; it keeps its checkpoints.`);
    else console.log(`${run.experiment}#${run.ordinal} ${run.name} is ${run.status}.`);
  }
}
