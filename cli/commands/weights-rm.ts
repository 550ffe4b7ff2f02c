import { deleteWeights } from '@tidemark/api/contract/weights';
import { type Connection, connect } from '../context.ts';

export async function weightsRm(names: readonly string[], options: Connection): Promise<void> {
  const client = connect(options);
  for (const name of names) {
    const entry = await client.call(deleteWeights, { params: { name } });
    if (options.json) console.log(JSON.stringify(entry));
    else
      console.log(`${name} is removed${entry.runs > 0 ? '; its bytes stay for the runs that started from them' : ''}.`);
  }
}
