// npm run reproduce -- --data DIR [--epochs N]: both published cats-vs-dogs runs, registered, trained and tested through the
// product, and the comparison beside the published figures. Runs beside other work: it starts a server and a worker of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readConfig } from '@tidemark/api/config';
import { toNumber } from '@tidemark/api/contract/common';
import { routes } from '@tidemark/api/contract/index';
import type { SeriesOut } from '@tidemark/api/contract/metrics';
import type { RunDetail } from '@tidemark/api/contract/runs';
import { startServer } from '@tidemark/api/node';
import { type Client, createClient, retryClass } from '@tidemark/client';
import { readConfigFile } from '../../cli/config-file.ts';
import { explain } from '../../cli/failure.ts';
import { openHints } from '../../cli/hints.ts';
import { startWorker } from '../../cli/start-worker.ts';
import { metric } from '../../cli/terminal/format.ts';
import { table } from '../../cli/terminal/table.ts';

const USAGE = `usage: npm run reproduce -- --data DIR [--epochs N] [--set path=value]… [--keep DIR] [--api URL --token T] [--json]

DIR holds train/cats, train/dogs, test/cats and test/dogs. --epochs shortens both runs (published: 30 and 100); --set changes any
other value of both configs. --keep leaves databases and checkpoints in a folder, where \`npx tidemark serve --data-dir\` shows them.
With --api the runs go to that server, which needs a worker that sees DIR.`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    epochs: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
    keep: { type: 'string' },
    api: { type: 'string' },
    token: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
if (!values.data || (values.epochs && !/^[1-9]\d*$/.test(values.epochs))) {
  console.error(USAGE);
  process.exit(2);
}

const published = { plain: 0.666, augmented: 0.826 };
type Name = keyof typeof published;
const note = (line: string) => console.error(line);

interface Place {
  client: Client;
  token: string | undefined;
  close(): Promise<void>;
}

async function place(): Promise<Place> {
  if (values.api)
    return {
      client: createClient({ url: values.api, token: values.token }),
      token: values.token,
      close: async () => {},
    };
  const dataDir = values.keep ? resolve(values.keep) : mkdtempSync(join(tmpdir(), 'tidemark-reproduce-'));
  const server = await startServer(readConfig({ dataDir, port: 0 }));
  const worker = startWorker({ url: server.url, token: server.token, dataDir, json: true });
  note(`server ${server.url}, data ${dataDir}; watch in a browser: ${server.loginUrl}`);
  return {
    client: createClient(server),
    token: server.token,
    async close() {
      await worker.stop();
      await server.close();
      if (!values.keep) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function register(client: Client, name: Name): Promise<RunDetail> {
  const example = fileURLToPath(new URL(`../../examples/cats-vs-dogs/${name}.yaml`, import.meta.url));
  const sets = [`data.path=${JSON.stringify(resolve(values.data!))}`, ...values.set];
  if (values.epochs) sets.push(`epochs=${values.epochs}`);
  return client.call(routes.createRun, { body: { config: readConfigFile(example, sets).text } });
}

const isOver = ({ status }: RunDetail) => ['finished', 'failed', 'cancelled', 'pruned'].includes(status);

const SHOWN = ['loss', 'accuracy', 'val_loss', 'val_accuracy'];

/** The value that a key has at a step, null without one. */
function valueAt(series: readonly SeriesOut[], key: string, step: number | undefined): number | null {
  const one = series.find((candidate) => candidate.key === key);
  const index = step === undefined || !one ? -1 : one.step.indexOf(step);
  return index < 0 ? null : toNumber(one!.value[index]!);
}

async function epochSeries(client: Client, run: RunDetail): Promise<SeriesOut[]> {
  if (!run.metrics.epoch) return [];
  const query = { runs: run.id, keys: ['epoch', ...SHOWN], points: 5000 };
  return (await client.call(routes.readMetrics, { query })).series;
}

/** Follows a run to its end, a line per epoch. Watching makes the worker report every few seconds. */
async function follow({ client, token }: Place, id: string, name: Name): Promise<RunDetail> {
  const hints = openHints(client, token, `run:${id}`);
  let told = 0;
  try {
    for (;;) {
      try {
        const run = await client.call(routes.getRun, { params: { id } });
        const series = await epochSeries(client, run);
        for (const step of series.find(({ key }) => key === 'epoch')?.step ?? []) {
          if (step <= told) continue;
          told = step;
          const values = SHOWN.map((key) => `${key} ${metric(valueAt(series, key, step))}`).join('  ');
          note(`${name.padEnd(9)}  epoch ${valueAt(series, 'epoch', step)}/${run.progress?.epochs ?? '?'}  ${values}`);
        }
        if (isOver(run)) return run;
      } catch (error) {
        if (retryClass(error) !== 'retry') throw error;
      }
      await hints.next(5000, new AbortController().signal);
    }
  } finally {
    hints.close();
  }
}

interface Row {
  name: Name;
  epochs: number;
  bestEpoch: number | null;
  valLoss: number | null;
  valAccuracy: number | null;
  testAccuracy: number | null;
  minutes: number | null;
}

async function rowOf(client: Client, run: RunDetail, name: Name): Promise<Row> {
  const series = await epochSeries(client, run);
  const value = (key: string) => valueAt(series, key, run.best?.step);
  const test = run.metrics['test/accuracy']?.last;
  return {
    name,
    epochs: Number(run.config?.resolved.epochs),
    bestEpoch: value('epoch'),
    valLoss: value('val_loss'),
    valAccuracy: value('val_accuracy'),
    testAccuracy: test === undefined ? null : toNumber(test),
    minutes: run.startedAt && run.endedAt ? (run.endedAt - run.startedAt) / 60_000 : null,
  };
}

function print(rows: readonly Row[]): void {
  const percent = (share: number | null) => (share === null ? '–' : `${(share * 100).toFixed(1)} %`);
  const right = (title: string) => ({ title, right: true });
  const columns = [
    { title: 'RUN' },
    ...['EPOCHS', 'BEST EPOCH', 'VAL LOSS', 'VAL ACC', 'TEST ACC', 'PUBLISHED', 'MINUTES'].map(right),
  ];
  const cells = rows.map((row) => [
    row.name,
    String(row.epochs),
    metric(row.bestEpoch),
    metric(row.valLoss),
    percent(row.valAccuracy),
    percent(row.testAccuracy),
    percent(published[row.name]),
    row.minutes === null ? '–' : row.minutes.toFixed(1),
  ]);
  console.log(table(columns, cells).join('\n'));
}

const where = await place();
const { client, close } = where;
let failed = false;
// A Ctrl-C still stops the worker and takes the temporary folder away.
process.once('SIGINT', () => void close().finally(() => process.exit(130)));
try {
  const names: Name[] = ['plain', 'augmented'];
  const runs: RunDetail[] = [];
  for (const name of names) runs.push(await register(client, name));
  note(`${runs.map((run) => `${run.experiment}#${run.ordinal} ${run.name}`).join(' and ')} are registered`);
  const rows: Row[] = [];
  for (const [i, name] of names.entries()) {
    const run = await follow(where, runs[i]!.id, name);
    if (run.status !== 'finished') {
      failed = true;
      note(`${name} ${run.status}: ${run.error?.message ?? 'without a word'}`);
    }
    rows.push(await rowOf(client, run, name));
  }
  if (values.json) for (const row of rows) console.log(JSON.stringify({ ...row, published: published[row.name] }));
  else print(rows);
} catch (error) {
  const { message, hint } = explain(error);
  note([message, hint].filter(Boolean).join('\n'));
  failed = true;
} finally {
  await close();
}
process.exit(failed ? 1 : 0);
