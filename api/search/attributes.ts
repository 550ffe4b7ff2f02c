import { RunStatus } from '../contract/runs.ts';
import type { ValueType } from './fields.ts';

interface Attribute {
  readonly sql: string;
  readonly type: ValueType;
  readonly nullable?: true;
  readonly allowed?: readonly string[];
  readonly synonyms?: Readonly<Record<string, string>>;
}

const DATASET = "SELECT params.value FROM params WHERE params.run = runs.id AND params.key = 'data.dataset'";
// `cats@3` names a version.
const DATASET_NAME = "CASE instr(value, '@') WHEN 0 THEN value ELSE substr(value, 1, instr(value, '@') - 1) END";

/** What MLflow calls a run's states. */
const MLFLOW_STATUS = {
  RUNNING: 'running',
  SCHEDULED: 'queued',
  FINISHED: 'finished',
  FAILED: 'failed',
  KILLED: 'cancelled',
};

export const attributes: Readonly<Record<string, Attribute>> = {
  id: { sql: 'runs.id', type: 'text' },
  name: { sql: 'runs.name', type: 'text' },
  status: { sql: 'runs.status', type: 'text', allowed: RunStatus.options, synonyms: MLFLOW_STATUS },
  origin: { sql: 'runs.origin', type: 'text', allowed: ['config', 'sdk'] },
  experiment: {
    sql: '(SELECT experiments.name FROM experiments WHERE experiments.id = runs.experiment_id)',
    type: 'text',
  },
  ordinal: { sql: 'runs.ordinal', type: 'number' },
  priority: { sql: 'runs.priority', type: 'number' },
  attempt: { sql: 'runs.attempt', type: 'number' },
  note: { sql: 'runs.note', type: 'text' },
  created: { sql: 'runs.created_at', type: 'time' },
  started: { sql: 'runs.started_at', type: 'time', nullable: true },
  ended: { sql: 'runs.ended_at', type: 'time', nullable: true },
  deleted: { sql: 'runs.deleted_at', type: 'time', nullable: true },
  duration: { sql: '((runs.ended_at - runs.started_at) / 1000.0)', type: 'duration', nullable: true },
  worker: { sql: 'runs.worker', type: 'text', nullable: true },
  created_by: { sql: 'runs.created_by', type: 'text' },
  error: { sql: 'runs.error_code', type: 'text', nullable: true },
  cloned_from: { sql: 'runs.cloned_from', type: 'text', nullable: true },
  parent: { sql: 'runs.parent', type: 'text', nullable: true },
  children: {
    sql: '(SELECT COUNT(*) FROM runs AS child WHERE child.parent = runs.id AND child.deleted_at IS NULL)',
    type: 'number',
  },
  group: { sql: 'runs.family', type: 'text', nullable: true },
  dataset: { sql: `(${DATASET})`, type: 'text', nullable: true },
  dataset_name: { sql: `(SELECT ${DATASET_NAME} FROM (${DATASET}))`, type: 'text', nullable: true },
  dataset_digest: {
    sql: `(SELECT digest FROM datasets WHERE name = (SELECT ${DATASET_NAME} FROM (${DATASET}))
      AND version = (SELECT CAST(substr(value, instr(value, '@') + 1) AS INTEGER) FROM (${DATASET})))`,
    type: 'text',
    nullable: true,
  },
  dataset_context: { sql: `(SELECT 'training' FROM (${DATASET}))`, type: 'text', nullable: true },
  artifact_uri: {
    sql: "('mlflow-artifacts:/' || runs.experiment_id || '/' || runs.id || '/artifacts')",
    type: 'text',
  },
};

/** What MLflow calls them, in the spellings that it takes. */
const ALIASES: Readonly<Record<string, string>> = {
  run_id: 'id',
  run_name: 'name',
  'run name': 'name',
  user_id: 'created_by',
  start_time: 'started',
  end_time: 'ended',
};
const DATASET_ALIASES: Readonly<Record<string, string>> = {
  name: 'dataset_name',
  digest: 'dataset_digest',
  context: 'dataset_context',
};

export const attributeNames = [...Object.keys(attributes), 'age', 'params.KEY', 'metrics.KEY', 'tags.KEY'];

/** `status`, also written `attributes.status`, `attribute.`, `attr.` or `run.status`; `dataset.name`. In lower case; it may be none there is. */
export function attributeName(text: string): string {
  const [, group, rest] = /^(attributes?|attr|run|datasets?)\.(.+)$/is.exec(text) ?? [];
  const name = (rest ?? text).replaceAll(/["`]/g, '').toLowerCase();
  if (group?.toLowerCase().startsWith('dataset')) return DATASET_ALIASES[name] ?? text;
  return Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
}
