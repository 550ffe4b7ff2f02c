import { type Run, runRoutes } from '@tidemark/api/contract/runs';
import type { Client } from '@tidemark/client';
import colors from 'picocolors';
import { type Connection, connect } from '../context.ts';
import { findExperiment } from '../run-ref.ts';
import { ago, duration, metric, status } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

export interface ListOptions extends Connection {
  experiment?: string;
  status?: string;
  filter?: string;
  sort?: string;
  deleted?: boolean;
  limit: number;
}

/** Which runs the options mean, as the API takes it. */
export async function selectionOf(
  client: Client,
  options: ListOptions,
): Promise<{ experiment?: number; filter?: string; deleted?: true }> {
  const { experiment, filter, status: state } = options;
  // Alone, a filter goes as it was written: the server names a mistake's place in it.
  const terms = [state && filter ? `(${filter})` : filter, state && `status = ${state}`].filter(Boolean);
  return {
    ...(experiment ? { experiment: (await findExperiment(client, experiment)).id } : {}),
    ...(options.deleted ? { deleted: true as const } : {}),
    ...(terms.length > 0 ? { filter: terms.join(' and ') } : {}),
  };
}

export async function runList(options: ListOptions): Promise<void> {
  const client = connect(options);
  const selection = await selectionOf(client, options);
  const { runs, total } = await client.call(runRoutes.listRuns, {
    query: {
      ...selection,
      ...(options.sort ? { sort: options.sort } : {}),
      limit: options.limit,
      count: true,
    },
  });
  if (options.json) {
    for (const run of runs) console.log(JSON.stringify(run));
    return;
  }
  if (runs.length === 0) {
    console.log(
      selection.filter || options.experiment
        ? 'No run matches.'
        : 'No runs yet. Register one: tidemark run submit FILE.yaml',
    );
    return;
  }
  const now = Date.now();
  const rows = runs.map((run) => [
    `${run.experiment}${colors.bold(`#${run.ordinal}`)}`,
    run.name,
    statusCell(run),
    run.best ? `${metric(run.best.value)} ${colors.dim(run.best.key)}` : '–',
    run.startedAt ? duration((run.endedAt ?? now) - run.startedAt) : '–',
    ago(run.createdAt, now),
  ]);
  const columns = [
    { title: 'RUN' },
    { title: 'NAME', shrink: true },
    { title: 'STATUS' },
    { title: 'BEST' },
    { title: 'TOOK', right: true },
    { title: 'CREATED' },
  ];
  console.log(table(columns, rows, process.stdout.isTTY ? process.stdout.columns : undefined).join('\n'));
  if (total !== null && total > runs.length) console.log(colors.dim(`${runs.length} of ${total}; --limit shows more`));
}

function statusCell(run: Run): string {
  if (run.status === 'running' && run.progress) {
    const { epoch, epochs } = run.progress;
    return `${status(run.status)} ${colors.dim(`${Math.floor(epoch)}/${epochs}`)}`;
  }
  return status(run.status);
}
