// npm run reproduce -- --data DIR: the published cats-vs-dogs runs, registered, trained and tested through the product, beside
// the published figures. Runs beside other work: it starts a server and a worker of its own.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { explain } from '../../../cli/failure.ts';
import { writeCurves } from './curves.ts';
import { EXPERIMENTS, type Name, register } from './experiments.ts';
import { epochSeries, follow } from './history.ts';
import { note } from './note.ts';
import { openPlace } from './place.ts';
import { print, type Row, rowOf } from './table.ts';

const USAGE = `usage: npm run reproduce -- --data DIR [--runs NAME,…] [--epochs N] [--set path=value]… [--curves DIR] [--keep DIR]
                         [--api URL --token T] [--json]

DIR holds train/cats, train/dogs, test/cats and test/dogs. --runs: ${Object.keys(EXPERIMENTS).join(', ')} (default plain,augmented;
augmented-validation is the same training measured on augmented validation images, as the published program did). --epochs shortens the runs
(published: 30 and 100); --set changes any other value. --curves writes their learning curves as SVG. --keep leaves databases
and checkpoints in a folder, where \`npx tidemark serve --data-dir\` shows them. With --api the runs go to that server, which
needs a worker that sees DIR.`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    runs: { type: 'string', default: 'plain,augmented' },
    epochs: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
    curves: { type: 'string' },
    keep: { type: 'string' },
    api: { type: 'string' },
    token: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const isName = (text: string): text is Name => text in EXPERIMENTS;
const names = values.runs.split(',').filter(isName);
const wrongRuns = names.length === 0 || names.length !== values.runs.split(',').length;
if (!values.data || wrongRuns || (values.epochs && !/^[1-9]\d*$/.test(values.epochs))) {
  console.error(USAGE);
  process.exit(2);
}
const sets = [`data.path=${JSON.stringify(resolve(values.data))}`, ...values.set];
if (values.epochs) sets.push(`epochs=${values.epochs}`);

const place = await openPlace(values);
const { client, close } = place;
let failed = false;
// A Ctrl-C still stops the worker and takes the temporary folder away.
process.once('SIGINT', () => void close().finally(() => process.exit(130)));
try {
  const registered = [];
  for (const name of names) registered.push({ name, run: await register(client, name, sets) });
  note(`${registered.map(({ run }) => `${run.experiment}#${run.ordinal} ${run.name}`).join(' and ')} are registered`);
  const rows: Row[] = [];
  for (const { name, run } of registered) {
    const ended = await follow(place, run.id, name);
    if (ended.status !== 'finished') {
      failed = true;
      note(`${name} ${ended.status}: ${ended.error?.message ?? 'without a word'}`);
    }
    const series = await epochSeries(client, ended);
    rows.push(rowOf(ended, series, name));
    if (values.curves) for (const file of writeCurves(values.curves, name, series)) note(`wrote ${file}`);
  }
  if (values.json) for (const row of rows) console.log(JSON.stringify(row));
  else print(rows);
} catch (error) {
  const { message, hint } = explain(error);
  note([message, hint].filter(Boolean).join('\n'));
  failed = true;
} finally {
  await close();
}
process.exit(failed ? 1 : 0);
