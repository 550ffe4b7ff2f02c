import type { SqlValue } from '@tidemark/db/database';

// Which rows an archive holds, in the order in which they can be put in: what is referred to comes first. A test compares this list with
// the schema, so that a new table is either archived or left out for a reason that is written here.

export interface ArchivedTable {
  readonly name: string;
  /** Its key, by which pages go on. */
  readonly key: readonly string[];
  /** How many rows a page takes at most; those with large values few. */
  readonly rows: number;
  /** What its rows belong to: a condition in which `runs.id` or `experiments.id` of the scope can be asked; `null`: only a project's archive has them. */
  readonly of: 'run' | 'experiment' | 'media' | null;
  /** Columns that name rows of other tables. One that names a row that is not in the archive is emptied if it may be, else the row is left out. */
  readonly refs?: Readonly<
    Record<string, 'runs' | 'experiments' | 'media' | 'datasets' | 'models' | 'views' | 'snapshots' | 'weights'>
  >;
  /** Columns of refs that may be empty, or name what is not there. */
  readonly loose?: readonly string[];
  /** A number that is kept when it is free, and else becomes another. */
  readonly id?: string;
  /** Columns by which a row of the same meaning is known: one that is there already is kept, and what belongs to the archive's is left out. */
  readonly same?: readonly string[];
  /** Columns with digests of blobs. */
  readonly digests?: readonly string[];
}

export const TABLES: readonly ArchivedTable[] = [
  { name: 'experiments', key: ['id'], rows: 200, of: 'experiment', id: 'id', same: ['name'] },
  { name: 'datasets', key: ['id'], rows: 200, of: null, id: 'id', same: ['name', 'version'] },
  { name: 'dataset_parts', key: ['dataset_id', 'part'], rows: 2, of: null, refs: { dataset_id: 'datasets' } },
  { name: 'weights', key: ['name'], rows: 20, of: null, same: ['name'], digests: ['digest'] },
  { name: 'runs', key: ['id'], rows: 20, of: 'run', refs: { experiment_id: 'experiments' } },
  { name: 'run_documents', key: ['run'], rows: 20, of: 'run', refs: { run: 'runs' } },
  { name: 'params', key: ['run', 'key'], rows: 1000, of: 'run', refs: { run: 'runs' } },
  { name: 'tags', key: ['run', 'key'], rows: 500, of: 'run', refs: { run: 'runs' } },
  { name: 'attempts', key: ['run', 'attempt'], rows: 1000, of: 'run', refs: { run: 'runs' } },
  {
    name: 'metric_segments',
    key: ['run', 'attempt', 'level', 'part', 'key_group'],
    rows: 16,
    of: 'run',
    refs: { run: 'runs' },
  },
  { name: 'metric_series', key: ['run', 'key'], rows: 1000, of: 'run', refs: { run: 'runs' } },
  { name: 'console_chunks', key: ['run', 'first'], rows: 8, of: 'run', refs: { run: 'runs' } },
  { name: 'environments', key: ['run', 'attempt'], rows: 20, of: 'run', refs: { run: 'runs' } },
  {
    name: 'checkpoints',
    key: ['run', 'attempt', 'step', 'digest'],
    rows: 500,
    of: 'run',
    refs: { run: 'runs' },
    digests: ['digest'],
  },
  { name: 'artifacts', key: ['run', 'path'], rows: 500, of: 'run', refs: { run: 'runs' }, digests: ['digest'] },
  { name: 'media', key: ['id'], rows: 8, of: 'run', refs: { run: 'runs' }, id: 'id' },
  {
    name: 'media_blobs',
    key: ['media', 'digest'],
    rows: 500,
    of: 'media',
    refs: { media: 'media' },
    digests: ['digest'],
  },
  {
    name: 'events',
    key: ['id'],
    rows: 1000,
    of: 'run',
    refs: { run: 'runs', experiment_id: 'experiments' },
    loose: ['run', 'experiment_id'],
    id: 'id',
  },
  { name: 'models', key: ['id'], rows: 100, of: null, id: 'id', same: ['name'] },
  {
    name: 'model_versions',
    key: ['model_id', 'version'],
    rows: 100,
    of: null,
    refs: { model_id: 'models', run: 'runs' },
    loose: ['run'],
  },
  {
    name: 'model_files',
    key: ['model_id', 'version', 'path'],
    rows: 500,
    of: null,
    refs: { model_id: 'models' },
    digests: ['digest'],
  },
  { name: 'model_aliases', key: ['model_id', 'alias'], rows: 500, of: null, refs: { model_id: 'models' } },
  { name: 'model_tags', key: ['model_id', 'version', 'key'], rows: 500, of: null, refs: { model_id: 'models' } },
  {
    name: 'views',
    key: ['id'],
    rows: 50,
    of: null,
    refs: { experiment_id: 'experiments' },
    id: 'id',
    same: ['experiment_id', 'name'],
  },
  {
    name: 'snapshots',
    key: ['id'],
    rows: 50,
    of: null,
    refs: { experiment_id: 'experiments', view_id: 'views' },
    loose: ['view_id'],
    same: ['id'],
  },
  { name: 'snapshot_parts', key: ['snapshot', 'part'], rows: 2, of: null, refs: { snapshot: 'snapshots' } },
];

/** Tables that no archive holds, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  alerts: 'they send to addresses of the server they were made on',
  alert_states: 'belongs to alerts',
  audit: 'says who did what on this server; a backup has it',
  blob_listing: 'how far a look through the stored bytes is',
  blobs: 'the bytes travel beside the rows, and their rows are written when they arrive',
  claims: 'of leases that end with the server',
  deliveries: 'belongs to alerts',
  import_rows: 'belongs to imports',
  imports: 'what came into this database',
  keys: 'made of the runs by triggers',
  live: 'a run that is being written is archived as far as it is, as one that ended',
  members: 'who may do what is the server’s',
  messages: 'belongs to alerts',
  metric_chunks: 'read together with the runs',
  metric_moves: 'what this database has still to do',
  metric_packs: 'the bytes of metric_segments, which hold them in an archive',
  metric_volumes: 'the bytes of metric_segments, which hold them in an archive',
  migrations: 'of the database itself; the manifest names them',
  project: 'the project’s own title and state',
  quarantine: 'what a repair took out',
  requests: 'answers to requests of the last day',
  sessions: 'who may do what is the server’s',
  tokens: 'who may do what is the server’s',
  upload_parts: 'bytes that are on their way',
  uploads: 'bytes that are on their way',
  upkeep: 'what this database has still to do',
  webhooks: 'secrets of the server they were made on',
  workers: 'machines that report to this server',
};

/** What is archived: some runs, all of an experiment, or everything. */
export type Scope =
  | { readonly kind: 'runs'; readonly ids: readonly string[] }
  | { readonly kind: 'experiment'; readonly id: number }
  | { readonly kind: 'project' };

/** A condition on a table's rows for a scope, with its parameters; null: the scope has none of them. */
export function within(table: ArchivedTable, scope: Scope): { sql: string; params: SqlValue[] } | null {
  if (scope.kind === 'project') return { sql: '1', params: [] };
  const runs =
    scope.kind === 'runs'
      ? { sql: 'SELECT value FROM json_each(?)', params: [JSON.stringify(scope.ids)] }
      : { sql: 'SELECT id FROM runs WHERE experiment_id = ?', params: [scope.id] };
  if (table.name === 'runs') return { sql: `id IN (${runs.sql})`, params: runs.params };
  if (table.name === 'experiments') {
    return scope.kind === 'experiment'
      ? { sql: 'id = ?', params: [scope.id] }
      : { sql: `id IN (SELECT experiment_id FROM runs WHERE id IN (${runs.sql}))`, params: runs.params };
  }
  if (table.of === 'run') return { sql: `run IN (${runs.sql})`, params: runs.params };
  if (table.of === 'media') {
    return { sql: `media IN (SELECT id FROM media WHERE run IN (${runs.sql}))`, params: runs.params };
  }
  return null;
}
