import { groupRuns, type RunGroup } from '@tidemark/api/contract/search';
import colors from 'picocolors';
import { connect } from '../context.ts';
import { metric, status } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';
import { type ListOptions, selectionOf } from './run-list.ts';

interface Options extends ListOptions {
  by: string;
  values?: string;
}

/** Groups of runs: how many by status, and the mean of each value with half of its 95 % interval. */
export async function runGroups(options: Options): Promise<void> {
  const client = connect(options);
  const { groups, total } = await client.call(groupRuns, {
    query: {
      ...(await selectionOf(client, options)),
      by: options.by,
      ...(options.values ? { values: options.values } : {}),
      ...(options.sort ? { sort: options.sort } : {}),
      limit: options.limit,
    },
  });
  if (options.json) {
    for (const group of groups) console.log(JSON.stringify(group));
    return;
  }
  const [first] = groups;
  if (!first) {
    console.log('No run matches.');
    return;
  }
  // The server answers in the order of the fields asked for; their names are as they were written.
  const by = first.by.map((_, i) => ({ title: namesOf(options.by)[i] ?? '' }));
  const values = Object.keys(first.values);
  const columns = [...by, { title: 'RUNS', right: true }, { title: 'STATUS' }, ...values.map((title) => ({ title }))];
  const rows = groups.map((group) => [
    ...group.by.map((value) => (value === null ? colors.dim('not set') : String(value))),
    String(group.runs),
    Object.entries(group.byStatus)
      .map(([name, count]) => `${status(name as keyof RunGroup['byStatus'])} ${count}`)
      .join('  '),
    ...values.map((key) => summary(group.values[key] ?? null)),
  ]);
  console.log(table(columns, rows, process.stdout.isTTY ? process.stdout.columns : undefined).join('\n'));
  if (total > groups.length) console.log(colors.dim(`${groups.length} of ${total} groups; --limit shows more`));
}

const namesOf = (text: string): string[] => text.match(/(?:"[^"]*"|`[^`]*`|[^,])+/g)?.map((name) => name.trim()) ?? [];

/** One run has no interval. */
function summary(values: RunGroup['values'][string]): string {
  if (values === null) return '–';
  const { mean, interval, count } = values;
  const half = interval === null ? '' : ` ±${metric((interval[1] - interval[0]) / 2)}`;
  return `${metric(mean)}${half} ${colors.dim(`n=${count}`)}`;
}
