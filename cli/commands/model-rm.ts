import { modelRoutes } from '@tidemark/api/contract/models';
import { type Connection, connect } from '../context.ts';
import { modelRef } from '../models/ref.ts';

interface Options extends Connection {
  aliases?: boolean;
}

/** Deletes a version, or (without one named) a whole model. */
export async function modelRm(text: string, options: Options): Promise<void> {
  const client = connect(options);
  const { name, version } = modelRef(text);
  const query = { aliases: options.aliases ? ('remove' as const) : ('keep' as const) };
  const whole = !/[@/]/.test(text.replace(/^models:\//, ''));
  if (whole) await client.call(modelRoutes.deleteModel, { params: { name }, query });
  else await client.call(modelRoutes.deleteModelVersion, { params: { name, version }, query });
  if (options.json) console.log(JSON.stringify({ deleted: text }));
  else console.log(`${text} is deleted`);
}
