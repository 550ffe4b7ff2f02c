import { groupRuns, type RunGroup } from '@tidemark/api/contract/search';
import type { Client } from '@tidemark/client';
import colors from 'picocolors';
import type { Listing, ListOptions } from '../run-selection.ts';
import { metric, status } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

/**
 * Groups of runs: how many by status, and the mean of each value with half of its 95 % interval. Runs that are equal but for their seeds are
 * named by the oldest of them.
 */
export async function runGroups(client: Client, listing: Listing, { json, limit }: ListOptions): Promise<void> {
  const { selection, sort, values: of, seeds } = listing;
  // Over several experiments their names say what the numbers are of.
  const by = seeds ? [...(selection.experiment === undefined ? ['experiment'] : []), 'group'] : listing.by;
  const { groups, total } = await client.call(groupRuns, {
    query: {
      ...selection,
      by: by.join(','),
      ...(of.length > 0 ? { values: of.join(',') } : {}),
      ...(sort ? { sort } : {}),
      limit,
    },
  });
  if (json) {
    for (const group of groups) console.log(JSON.stringify(group));
    return;
  }
  const [first] = groups;
  if (!first) {
    console.log('No run matches.');
    return;
  }
  const titles = seeds ? ['FIRST RUN'] : by;
  const values = Object.keys(first.values);
  const columns = [
    ...titles.map((title) => ({ title })),
    { title: 'RUNS', right: true },
    { title: 'STATUS' },
    ...values.map((title) => ({ title })),
  ];
  const rows = groups.map((group) => [
    ...(seeds
      ? [`${group.by.length > 1 ? String(group.by[0]) : ''}#${group.oldest.ordinal}`]
      : group.by.map((value) => (value === null ? colors.dim('not set') : String(value)))),
    String(group.runs),
    Object.entries(group.byStatus)
      .map(([name, count]) => `${status(name as keyof RunGroup['byStatus'])} ${count}`)
      .join('  '),
    ...values.map((key) => summary(group.values[key] ?? null)),
  ]);
  console.log(table(columns, rows, process.stdout.isTTY ? process.stdout.columns : undefined).join('\n'));
  if (total > groups.length) console.log(colors.dim(`${groups.length} of ${total} groups; --limit shows more`));
}

/** One run has no interval. */
function summary(values: RunGroup['values'][string]): string {
  if (values === null) return '–';
  const { mean, interval, count } = values;
  const half = interval === null ? '' : ` ±${metric((interval[1] - interval[0]) / 2)}`;
  return `${metric(mean)}${half} ${colors.dim(`n=${count}`)}`;
}
