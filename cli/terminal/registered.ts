import type { Run } from '@tidemark/api/contract/runs';
import type { Client } from '@tidemark/client';
import colors from 'picocolors';
import { dashboardUrl } from '../context.ts';

/** What is said when a run was registered. */
export function registered(client: Client, run: Run, json: boolean): void {
  if (json) {
    console.log(JSON.stringify(run));
    return;
  }
  console.log(
    `${colors.green('✓')} ${colors.bold(`${run.experiment}#${run.ordinal}`)} ${run.name} is ${run.status}${run.waits ? `: ${run.waits}` : '.'}`,
  );
  console.log(`  ${dashboardUrl(client, `/r/${run.id}`)}`);
  console.log(
    colors.dim(
      `  tidemark run watch ${run.experiment.includes(' ') ? run.id.slice(-8) : `${run.experiment}#${run.ordinal}`}`,
    ),
  );
}
