import { alertRoutes } from '@tidemark/api/contract/alerts';
import { findAlert } from '../alerts/find.ts';
import { alertRule } from '../alerts/rule.ts';
import { type Connection, connect } from '../context.ts';
import { metric } from '../terminal/format.ts';

interface Options extends Connection {
  when?: string;
  limit: number;
}

/** Where an alert, or another rule in its place, would have fired in the newest runs. Nothing is sent. */
export async function alertReplay(text: string, options: Options): Promise<void> {
  const client = connect(options);
  const { id } = await findAlert(client, text);
  const rule = options.when === undefined ? {} : { rule: alertRule(options.when) };
  let [left, looked, hits] = [options.limit, 0, 0];
  for (let cursor: string | null | undefined; cursor !== null && left > 0; ) {
    const body = { ...rule, limit: Math.min(20, left), ...(cursor ? { cursor } : {}) };
    const page: Awaited<ReturnType<typeof client.call<typeof alertRoutes.replayAlert>>> = await client.call(
      alertRoutes.replayAlert,
      { params: { id }, body },
      { timeoutSeconds: 300 },
    );
    for (const run of page.runs) {
      hits++;
      if (options.json) console.log(JSON.stringify(run));
      else {
        for (const { at, key, step, value } of run.firings) {
          const point = key === null ? '' : `  ${key} = ${metric(value)} at step ${step}`;
          console.log(`${run.experiment}#${run.ordinal}  ${new Date(at).toISOString()}${point}`);
        }
      }
    }
    looked += page.looked;
    left -= page.looked;
    cursor = page.next;
  }
  if (!options.json) console.log(`It would have fired in ${hits} of ${looked} runs.`);
}
