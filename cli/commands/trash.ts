import { runRoutes } from '@tidemark/api/contract/runs';
import { type Connection, connect } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { findRun } from '../run-ref.ts';
import { ask } from '../terminal/ask.ts';
import { grouped } from '../terminal/format.ts';

interface Options extends Connection {
  experiment?: string;
  yes?: boolean;
}

/** Removes runs of the trash for good, or all that is in it. */
export async function trashEmpty(refs: string[], options: Options): Promise<void> {
  const client = connect(options);
  if (refs.length === 0 && options.experiment)
    throw new Failure('The trash is of the whole project: name runs, or leave --experiment out.', { exit: EXIT.usage });
  const ids: string[] = [];
  for (const ref of refs) ids.push((await findRun(client, ref, { ...options, deleted: true })).id);
  if (!options.yes) {
    const { total } = await client.call(runRoutes.listRuns, { query: { deleted: true, limit: 1, count: true } });
    const count = refs.length > 0 ? ids.length : (total ?? 0);
    if (count > 0) {
      const what = `${grouped(count)} ${count === 1 ? 'run goes' : 'runs go'} for good, with what only they hold. `;
      const answer = await ask(`${what}Type yes to go on: `, `${what}Say --yes where nobody can be asked.`);
      if (answer.toLowerCase() !== 'yes') throw new Failure('Nothing was removed.', { exit: EXIT.usage });
    }
  }
  const query = refs.length > 0 ? { runs: ids } : {};
  const { runs } = await client.call(runRoutes.emptyTrash, { query });
  if (options.json) console.log(JSON.stringify({ runs }));
  else
    console.log(
      runs === 0 ? 'The trash is empty.' : `${grouped(runs)} ${runs === 1 ? 'run is' : 'runs are'} being removed.`,
    );
}
