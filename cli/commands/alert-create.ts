import { alertRoutes } from '@tidemark/api/contract/alerts';
import { webhookRoutes } from '@tidemark/api/contract/webhooks';
import type { Client } from '@tidemark/client';
import { alertRule } from '../alerts/rule.ts';
import { type Connection, connect } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { findExperiment, findRun } from '../run-ref.ts';

interface Options extends Connection {
  when: string;
  fromStep?: number;
  experiment?: string;
  run?: string;
  url?: string;
  webhook?: string;
  slack?: boolean;
  cooldown?: number;
}

/** Makes an alert; with --url its address is registered too, unless it is known. */
export async function alertCreate(name: string, options: Options): Promise<void> {
  const rule = alertRule(options.when, options.fromStep);
  if ((options.url === undefined) === (options.webhook === undefined)) {
    throw new Failure('Say where messages go: --url ADDRESS, or --webhook NAME of one that is registered.', {
      exit: EXIT.usage,
    });
  }
  const client = connect(options);
  const run = options.run && (await findRun(client, options.run, { experiment: options.experiment })).id;
  const experiment = !run && options.experiment ? (await findExperiment(client, options.experiment)).id : undefined;
  const { id: webhook, secret } = await address(client, options);
  const alert = await client.call(alertRoutes.createAlert, {
    body: {
      name,
      rule,
      webhook,
      ...(run ? { run } : {}),
      ...(experiment === undefined ? {} : { experiment }),
      ...(options.cooldown === undefined ? {} : { cooldownMinutes: options.cooldown }),
    },
  });
  if (options.json) {
    console.log(JSON.stringify(secret === null ? alert : { ...alert, secret }));
    return;
  }
  const of = alert.run ?? alert.experiment?.name ?? 'every run';
  console.log(`${alert.name}: when ${alert.text}, of ${of}, to ${alert.webhook.name}`);
  if (secret !== null) console.log(`Its messages are signed with this secret, which is shown only now: ${secret}`);
  console.log(`Try it: tidemark alert test ${JSON.stringify(alert.name)}`);
}

async function address(
  client: Client,
  { url, webhook, slack }: Options,
): Promise<{ id: number; secret: string | null }> {
  const { webhooks } = await client.call(webhookRoutes.listWebhooks, {});
  const known = webhooks.find((one) => (url === undefined ? one.name === webhook : one.url === url));
  if (known) return { id: known.id, secret: null };
  if (url === undefined) {
    throw new Failure(`There is no webhook ${webhook}.`, {
      hint: 'Give its address: --url ADDRESS.',
      exit: EXIT.notFound,
    });
  }
  const host = URL.canParse(url) ? new URL(url).host : url;
  const name = webhooks.some((one) => one.name === host) ? `${host} ${webhooks.length + 1}` : host;
  const body = { name, url, format: slack ? ('slack' as const) : ('standard' as const) };
  return client.call(webhookRoutes.createWebhook, { body });
}
