import { alertRoutes } from '@tidemark/api/contract/alerts';
import { findAlert } from '../alerts/find.ts';
import { type Connection, connect } from '../context.ts';

export async function alertDelete(texts: readonly string[], options: Connection): Promise<void> {
  const client = connect(options);
  for (const text of texts) {
    const { id, name } = await findAlert(client, text);
    await client.call(alertRoutes.deleteAlert, { params: { id } });
    console.log(options.json ? JSON.stringify({ deleted: name }) : `${name} is deleted`);
  }
}
