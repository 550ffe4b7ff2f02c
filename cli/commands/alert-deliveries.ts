import { webhookRoutes } from '@tidemark/api/contract/webhooks';
import { findAlert } from '../alerts/find.ts';
import { outcome } from '../alerts/outcome.ts';
import { type Connection, connect } from '../context.ts';
import { ago } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

interface Options extends Connection {
  limit: number;
  again?: string;
}

/** The newest messages, of one alert or of all; or one of them sent again. */
export async function alertDeliveries(text: string | undefined, options: Options): Promise<void> {
  const client = connect(options);
  if (options.again) {
    const params = { id: options.again };
    const delivery = await client.call(webhookRoutes.redeliver, { params }, { timeoutSeconds: 60 });
    console.log(options.json ? JSON.stringify(delivery) : `${delivery.id}: ${outcome(delivery)}`);
    return;
  }
  const alert = text === undefined ? undefined : (await findAlert(client, text)).id;
  const query = { limit: options.limit, ...(alert === undefined ? {} : { alert }) };
  const { deliveries } = await client.call(webhookRoutes.listDeliveries, { query });
  if (options.json) {
    for (const delivery of deliveries) console.log(JSON.stringify(delivery));
    return;
  }
  const now = Date.now();
  const rows = deliveries.map((one) => [one.id, one.type, ago(one.createdAt, now), outcome(one)]);
  const columns = ['MESSAGE', 'TYPE', 'WHEN', 'OUTCOME'].map((title) => ({ title }));
  console.log(rows.length === 0 ? 'No messages in the last 30 days.' : table(columns, rows).join('\n'));
}
