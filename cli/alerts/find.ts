import { type Alert, alertRoutes } from '@tidemark/api/contract/alerts';
import type { Client } from '@tidemark/client';
import { nearest } from '@tidemark/training/nearest';
import { EXIT, Failure } from '../failure.ts';

/** An alert by name or number. @throws Failure not found */
export async function findAlert(client: Client, text: string): Promise<Alert> {
  const { alerts } = await client.call(alertRoutes.listAlerts, {});
  const found = alerts.find(({ name }) => name === text) ?? alerts.find(({ id }) => String(id) === text);
  if (found) return found;
  const near = nearest(
    text,
    alerts.map(({ name }) => name),
  );
  throw new Failure(`There is no alert ${text}.`, {
    hint: near ? `Did you mean ${near}?` : 'See them with `tidemark alert list`.',
    exit: EXIT.notFound,
  });
}
