import { type Run, runRoutes } from '@tidemark/api/contract/runs';
import colors from 'picocolors';
import { connect } from '../context.ts';
import { type ListOptions, listingOf } from '../run-selection.ts';
import { ago, duration, metric, status } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

export async function runList(options: ListOptions): Promise<void> {
  const client = connect(options);
  const listing = await listingOf(client, options);
  if (listing.by.length > 0 || listing.seeds) {
    await (await import('./run-groups.ts')).runGroups(client, listing, options);
    return;
  }
  const { selection, sort } = listing;
  const { runs, total } = await client.call(runRoutes.listRuns, {
    query: {
      ...selection,
      ...(sort ? { sort } : {}),
      limit: options.limit,
      count: true,
    },
  });
  if (options.json) {
    for (const run of runs) console.log(JSON.stringify(run));
    return;
  }
  if (runs.length === 0) {
    const narrowed = selection.filter || selection.experiment !== undefined;
    console.log(
      options.deleted
        ? 'The trash is empty.'
        : narrowed
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
