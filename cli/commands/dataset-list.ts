import { datasetRoutes } from '@tidemark/api/contract/datasets';
import { type Connection, connect } from '../context.ts';
import { ago, bytes, grouped } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

export async function datasetList(name: string | undefined, options: Connection): Promise<void> {
  const { datasets } = await connect(options).call(datasetRoutes.listDatasets, { query: name ? { name } : {} });
  if (options.json) {
    for (const dataset of datasets) console.log(JSON.stringify(dataset));
    return;
  }
  if (datasets.length === 0) {
    console.log('No datasets. Add a folder: tidemark dataset add NAME FOLDER');
    return;
  }
  const now = Date.now();
  const rows = datasets.map((one) => [
    `${one.name}@${one.version}`,
    grouped(one.files),
    bytes(one.size),
    one.state,
    String(one.runs),
    ago(one.createdAt, now),
  ]);
  const right = (title: string) => ({ title, right: true });
  console.log(
    table(
      [{ title: 'DATASET' }, right('FILES'), right('SIZE'), { title: 'STATE' }, right('RUNS'), { title: 'ADDED' }],
      rows,
    ).join('\n'),
  );
}
