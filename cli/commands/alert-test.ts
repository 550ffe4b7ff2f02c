import { alertRoutes } from '@tidemark/api/contract/alerts';
import { findAlert } from '../alerts/find.ts';
import { outcome } from '../alerts/outcome.ts';
import { type Connection, connect } from '../context.ts';
import { Failure } from '../failure.ts';

/** Sends a test message; fails when it was not taken. */
export async function alertTest(text: string, options: Connection): Promise<void> {
  const client = connect(options);
  const { id, webhook } = await findAlert(client, text);
  const delivery = await client.call(alertRoutes.testAlert, { params: { id } }, { timeoutSeconds: 60 });
  if (options.json) console.log(JSON.stringify(delivery));
  if (delivery.state !== 'delivered') {
    throw new Failure(`${webhook.name} did not take the message: ${outcome(delivery)}.`, {
      hint: delivery.state === 'pending' ? 'It is sent again later.' : 'Look at the address.',
    });
  }
  if (!options.json) console.log(`${webhook.name}: ${outcome(delivery)}`);
}
