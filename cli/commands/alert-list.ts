import { alertRoutes } from '@tidemark/api/contract/alerts';
import { type Connection, connect } from '../context.ts';
import { ago } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

export async function alertList(options: Connection): Promise<void> {
  const { alerts } = await connect(options).call(alertRoutes.listAlerts, {});
  if (options.json) {
    for (const alert of alerts) console.log(JSON.stringify(alert));
    return;
  }
  if (alerts.length === 0) {
    console.log("No alerts. Make one: tidemark alert create NAME --when 'val_loss > 5' --url https://…");
    return;
  }
  const now = Date.now();
  const rows = alerts.map((one) => [
    String(one.id),
    one.name,
    one.text,
    one.run ?? one.experiment?.name ?? 'all runs',
    one.webhook.name,
    one.webhook.disabled ? 'address off' : one.paused ? 'paused' : 'on',
    one.lastFiredAt === null ? 'never' : `${one.fired}×, ${ago(one.lastFiredAt, now)}`,
  ]);
  const columns = ['ID', 'ALERT', 'WHEN', 'OF', 'TO', 'STATE', 'FIRED'].map((title) => ({ title }));
  console.log(table(columns, rows).join('\n'));
}
