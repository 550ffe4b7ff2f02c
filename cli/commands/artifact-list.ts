import { listAll } from '../artifacts/list-all.ts';
import { type Connection, connect } from '../context.ts';
import { findRun } from '../run-ref.ts';
import { ago, bytes } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

/** A run's artifacts by path. */
export async function artifactList(
  ref: string,
  prefix: string | undefined,
  options: Connection & { experiment?: string },
): Promise<void> {
  const client = connect(options);
  const run = await findRun(client, ref, options);
  const artifacts = await listAll(client, run.id, prefix);
  if (options.json) {
    for (const artifact of artifacts) console.log(JSON.stringify(artifact));
    return;
  }
  if (artifacts.length === 0) {
    console.log(`${run.experiment}#${run.ordinal} has no artifacts${prefix ? ` that begin with ${prefix}` : ''}.`);
    return;
  }
  const now = Date.now();
  const rows = artifacts.map(({ path, size, digest, createdAt }) => [
    path,
    bytes(size),
    digest.slice(0, 12),
    ago(createdAt, now),
  ]);
  const columns = [{ title: 'ARTIFACT', shrink: true }, { title: 'SIZE', right: true }, { title: 'DIGEST' }];
  console.log(table([...columns, { title: 'STORED', right: true }], rows).join('\n'));
}
