import { type Model, type ModelVersion, modelRoutes } from '@tidemark/api/contract/models';
import { type Connection, connect } from '../context.ts';
import { modelRef } from '../models/ref.ts';
import { ago, bytes } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

/** A model with its versions; of `NAME@…` that version, with where it comes from. */
export async function modelShow(text: string, options: Connection): Promise<void> {
  const client = connect(options);
  const { name, version } = modelRef(text);
  if (/[@/]/.test(text.replace(/^models:\//, ''))) {
    const one = await client.call(modelRoutes.getModelVersion, { params: { name, version } });
    console.log(options.json ? JSON.stringify(one) : versionText(one).join('\n'));
    return;
  }
  const model = await client.call(modelRoutes.getModel, { params: { name } });
  const { versions } = await client.call(modelRoutes.listModelVersions, { params: { name }, query: { limit: 100 } });
  if (options.json) console.log(JSON.stringify({ ...model, newest: versions }));
  else console.log(modelText(model, versions).join('\n'));
}

function modelText(model: Model, versions: readonly ModelVersion[]): string[] {
  const now = Date.now();
  const rows = versions.map((one) => [
    String(one.version),
    one.aliases.map((alias) => `@${alias}`).join(' ') || '–',
    originOf(one),
    one.lineage.step === null ? '–' : String(one.lineage.step),
    bytes(one.size),
    `${ago(one.createdAt, now)} by ${one.createdBy}`,
  ]);
  const right = (title: string) => ({ title, right: true });
  const columns = [
    right('VERSION'),
    { title: 'ALIASES' },
    { title: 'FROM' },
    right('STEP'),
    right('SIZE'),
    { title: 'MADE' },
  ];
  return [model.name, ...(model.description ? [model.description] : []), '', ...table(columns, rows)];
}

const originOf = ({ lineage, source }: ModelVersion): string =>
  lineage.experiment === null ? source : `${lineage.experiment}#${lineage.ordinal}`;

function versionText(one: ModelVersion): string[] {
  const { lineage } = one;
  const facts: [string, string | null][] = [
    ['aliases', one.aliases.map((alias) => `@${alias}`).join(' ') || null],
    ['stage', one.stage === 'None' ? null : one.stage],
    ['from', `${originOf(one)} (${one.source})`],
    ['step', lineage.step === null ? null : String(lineage.step)],
    [
      'metrics',
      Object.entries(lineage.metrics)
        .map(([key, value]) => `${key} ${value}`)
        .join(', ') || null,
    ],
    ['dataset', lineage.dataset],
    ['init', lineage.init?.from ?? null],
    ['holds', one.kind === 'external' ? 'bytes that are elsewhere' : `${one.files} files, ${bytes(one.size)}`],
    ['made', `${ago(one.createdAt, Date.now())} by ${one.createdBy}`],
  ];
  return [
    `${one.model}, version ${one.version}`,
    ...facts.flatMap(([what, value]) => (value === null ? [] : [`  ${what.padEnd(8)} ${value}`])),
    ...(one.description ? ['', one.description] : []),
  ];
}
