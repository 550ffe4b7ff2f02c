import { deleteArtifact } from '@tidemark/api/contract/artifacts';
import { listAll, meantBy } from '../artifacts/list-all.ts';
import { type Connection, connect } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { findRun } from '../run-ref.ts';
import { grouped } from '../terminal/format.ts';

/** Removes artifacts by name; all below a folder only with `recursive`. */
export async function artifactDelete(
  ref: string,
  paths: readonly string[],
  options: Connection & { experiment?: string; recursive?: boolean },
): Promise<void> {
  const client = connect(options);
  const run = await findRun(client, ref, options);
  const all = await listAll(client, run.id);
  const name = `${run.experiment}#${run.ordinal}`;
  const doomed = paths.flatMap((path) => {
    const meant = meantBy(all, path);
    if (meant.length === 0) throw new Failure(`${name} has no artifact ${path}.`, { exit: EXIT.notFound });
    if (meant[0]!.path !== path && !options.recursive) {
      throw new Failure(`${path} is a folder with ${grouped(meant.length)} artifacts.`, {
        hint: 'Add --recursive to remove them all.',
        exit: EXIT.usage,
      });
    }
    return meant;
  });
  for (const { path } of doomed) await client.call(deleteArtifact, { params: { id: run.id, path } });
  if (options.json) for (const artifact of doomed) console.log(JSON.stringify(artifact));
  else
    console.log(`${name}: ${doomed.length === 1 ? doomed[0]!.path : `${grouped(doomed.length)} artifacts`} removed.`);
}
