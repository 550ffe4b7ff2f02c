import { runRoutes } from '@tidemark/api/contract/runs';
import { type Connection, connect } from '../context.ts';
import { findRun } from '../run-ref.ts';

export async function runRm(refs: string[], options: Connection & { experiment?: string }): Promise<void> {
  const client = connect(options);
  for (const ref of refs) {
    const { id } = await findRun(client, ref, options);
    const run = await client.call(runRoutes.deleteRun, { params: { id } });
    if (options.json) console.log(JSON.stringify(run));
    else
      console.log(
        `${run.experiment}#${run.ordinal} ${run.name} is in the trash for 30 days; \`tidemark run restore ${id.slice(-8)}\` takes it out.`,
      );
  }
}
