import { type View, viewRoutes } from '@tidemark/api/contract/views';
import type { Client } from '@tidemark/client';
import { nearest } from '@tidemark/training/nearest';
import colors from 'picocolors';
import { type Connection, connect } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { findExperiment } from '../run-ref.ts';
import { ago } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

type Options = Connection & { experiment?: string };
interface SaveOptions extends Options {
  filter?: string;
  sort?: string;
  columns?: string;
  by?: string;
  values?: string;
}

/** Keeps what the options say under a name, of an experiment or of all. */
export async function viewSave(name: string, options: SaveOptions): Promise<void> {
  const client = connect(options);
  const { filter, sort, columns, by, values } = options;
  const state = {
    ...(filter === undefined ? {} : { filter }),
    ...(sort === undefined ? {} : { sort }),
    ...(columns === undefined ? {} : { columns: fieldsOf(columns) }),
    ...(by === undefined ? {} : { by: fieldsOf(by) }),
    ...(values === undefined ? {} : { values: fieldsOf(values) }),
  };
  const experiment = options.experiment ? (await findExperiment(client, options.experiment)).id : null;
  const view = await client.call(viewRoutes.createView, { body: { name, experiment, state } });
  console.log(
    options.json ? JSON.stringify(view) : `View ${view.id} is saved: \`tidemark run list --view ${view.id}\`.`,
  );
}

export async function viewList(options: Options): Promise<void> {
  const client = connect(options);
  const experiment = options.experiment ? (await findExperiment(client, options.experiment)).id : undefined;
  const { views } = await client.call(viewRoutes.listViews, {
    query: experiment === undefined ? {} : { experiment },
  });
  if (options.json) {
    for (const view of views) console.log(JSON.stringify(view));
    return;
  }
  if (views.length === 0) {
    console.log("No views. Save one: tidemark view save NAME --filter 'status = finished'");
    return;
  }
  const now = Date.now();
  const rows = views.map((view) => [
    String(view.id),
    view.name,
    view.experimentId === null ? colors.dim('all') : String(view.experimentId),
    view.state.filter || colors.dim('–'),
    `${ago(view.updatedAt, now)} by ${view.updatedBy}`,
  ]);
  const columns = [
    { title: 'ID' },
    { title: 'VIEW' },
    { title: 'EXPERIMENT' },
    { title: 'FILTER', shrink: true },
    { title: 'CHANGED' },
  ];
  console.log(table(columns, rows, process.stdout.isTTY ? process.stdout.columns : undefined).join('\n'));
}

export async function viewShow(ref: string, options: Options): Promise<void> {
  const view = await findView(connect(options), ref, options.experiment);
  if (options.json) {
    console.log(JSON.stringify(view));
    return;
  }
  const { filter, sort, columns, by, values, layout } = view.state;
  const charts = Object.keys(layout).length === 0 ? '' : 'as the dashboard keeps them';
  const lines = Object.entries({
    filter,
    sort,
    columns: columns.join(', '),
    by: by.join(', '),
    values: values.join(', '),
    charts,
  });
  console.log(
    [
      `${colors.bold(view.name)}  ${colors.dim(`view ${view.id}, version ${view.version}, by ${view.owner}`)}`,
      ...lines.flatMap(([name, text]) => (text === '' ? [] : `${colors.dim(name.padEnd(8))}${text}`)),
      colors.dim(`\`tidemark run list --view ${view.id}\` lists its runs.`),
    ].join('\n'),
  );
}

export async function viewDelete(refs: string[], options: Options): Promise<void> {
  const client = connect(options);
  for (const ref of refs) {
    const { id, name } = await findView(client, ref, options.experiment);
    await client.call(viewRoutes.deleteView, { params: { id } });
    console.log(options.json ? JSON.stringify({ id }) : `The view ${name} is gone; its snapshots stay.`);
  }
}

/**
 * The view that a reference means: its id, or its name.
 * @throws Failure not found (3), or ambiguous (2)
 */
export async function findView(client: Client, ref: string, experiment: string | undefined): Promise<View> {
  const query = experiment ? { experiment: (await findExperiment(client, experiment)).id } : {};
  const { views } = await client.call(viewRoutes.listViews, { query });
  const named = views.filter((view) => view.name === ref);
  const found = named.length > 0 ? named : views.filter((view) => String(view.id) === ref);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new Failure(`Several experiments have a view ${ref}.`, {
      hint: `Name it by its id: ${found.map(({ id }) => id).join(', ')}.`,
      exit: EXIT.usage,
    });
  }
  const near = nearest(
    ref,
    views.map(({ name }) => name),
  );
  throw new Failure(`There is no view ${ref}.`, {
    hint: near ? `Did you mean ${near}?` : 'See them with `tidemark view list`.',
    exit: EXIT.notFound,
  });
}

/** Fields between commas; a comma in quotes is part of a name. */
export const fieldsOf = (text: string): string[] =>
  (text.match(/(?:"[^"]*"|`[^`]*`|[^,])+/g) ?? []).map((name) => name.trim()).filter((name) => name !== '');
