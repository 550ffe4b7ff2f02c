import type { SqlValue } from '@tidemark/db/database';
import { MetricKey } from '../contract/common.ts';
import { RunStatus } from '../contract/runs.ts';
import { SearchError, type Span } from './syntax.ts';

export type ValueType = 'text' | 'number' | 'time' | 'boolean';

/** What a field is in SQL, with `runs` in scope. `typed` is its value where that has the type asked for, else NULL. */
export interface Field {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  /** null: a param's, which each run may have of its own type. */
  readonly type: ValueType | null;
  readonly typed: (type: ValueType) => { sql: string; params: readonly SqlValue[] };
  readonly nullable: boolean;
  readonly allowed?: readonly string[];
}

interface Attribute {
  readonly sql: string;
  readonly type: ValueType;
  readonly nullable?: true;
  readonly allowed?: readonly string[];
}

const attributes: Readonly<Record<string, Attribute>> = {
  id: { sql: 'runs.id', type: 'text' },
  name: { sql: 'runs.name', type: 'text' },
  status: { sql: 'runs.status', type: 'text', allowed: RunStatus.options },
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
  duration: { sql: '((runs.ended_at - runs.started_at) / 1000.0)', type: 'number', nullable: true },
  worker: { sql: 'runs.worker', type: 'text', nullable: true },
  created_by: { sql: 'runs.created_by', type: 'text' },
  error: { sql: 'runs.error_code', type: 'text', nullable: true },
  cloned_from: { sql: 'runs.cloned_from', type: 'text', nullable: true },
};
const attributeNames = [...Object.keys(attributes), 'params.KEY', 'metrics.KEY', 'tags.KEY'].join(', ');

/** Columns of metric_series, and the places of the same in a live run's summary. */
const parts: Readonly<Record<string, { column: string; index: number }>> = {
  last: { column: 'last', index: 1 },
  min: { column: 'min', index: 3 },
  max: { column: 'max', index: 5 },
  count: { column: 'count', index: 0 },
};

/** Errors: SearchError with the names there are. */
export function fieldOf(span: Span): Field {
  const { group, key } = split(span);
  switch (group) {
    case 'params':
      return paramField(key);
    case 'tags':
      return plain('(SELECT tags.value FROM tags WHERE tags.run = runs.id AND tags.key = ?)', [key], 'text', true);
    case 'metrics':
      return metricField(key, span);
    default: {
      const name = span.text.toLowerCase();
      const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
      if (!attribute) throw new SearchError(span, `there is no field ${span.text}`, attributeNames);
      return {
        ...plain(attribute.sql, [], attribute.type, attribute.nullable === true),
        ...(attribute.allowed === undefined ? {} : { allowed: attribute.allowed }),
      };
    }
  }
}

/** `params.optimizer.learning_rate` → its group and key; quotes around a part of the key are not of it. */
function split({ at, text }: Span): { group: string; key: string } {
  const dot = text.indexOf('.');
  const group = (dot < 0 ? text : text.slice(0, dot)).toLowerCase();
  if (!['params', 'metrics', 'tags', 'param', 'metric', 'tag'].includes(group)) return { group: '', key: '' };
  const key = text.slice(dot + 1);
  if (dot < 0 || key === '') throw new SearchError({ at, text }, `${text} needs a key`, `${group}.KEY`);
  return { group: group.endsWith('s') ? group : `${group}s`, key: key.replaceAll(/["`]/g, '') };
}

const plain = (sql: string, params: readonly SqlValue[], type: ValueType, nullable: boolean): Field => ({
  sql,
  params,
  type,
  nullable,
  typed: () => ({ sql, params }),
});

function paramField(key: string): Field {
  const select = (kind: string) =>
    `(SELECT params.value FROM params WHERE params.run = runs.id AND params.key = ? ${kind})`;
  return {
    sql: select(''),
    params: [key],
    type: null,
    nullable: true,
    typed: (type) => {
      const kind = type === 'text' ? 'string' : type === 'boolean' ? 'boolean' : 'number';
      return { sql: select(`AND params.kind = '${kind}'`), params: [key] };
    },
  };
}

/** A live run's value comes from its summary, an ended one's from metric_series. NaN is NULL: it compares with nothing. */
function metricField(key: string, span: Span): Field {
  const dot = key.lastIndexOf('.');
  const suffix = key.slice(dot + 1);
  // A quoted end is part of the key: metrics."a.min" is the last value of a.min.
  const part = dot > 0 && !/["`]$/.test(span.text) && Object.hasOwn(parts, suffix) ? parts[suffix] : undefined;
  const name = part ? key.slice(0, dot) : key;
  const { column, index } = part ?? parts.last!;
  // What is no key cannot be logged; nor would it be safe in a JSON path.
  const checked = MetricKey.safeParse(name);
  if (!checked.success)
    throw new SearchError(span, `no metric has the name ${name}`, 'letters, digits and _ - . : / space');
  const number =
    column === 'last'
      ? `CASE v WHEN 'NaN' THEN NULL WHEN 'Infinity' THEN 1.7976931348623157e308
           WHEN '-Infinity' THEN -1.7976931348623157e308 ELSE CAST(v AS REAL) END`
      : 'CAST(v AS REAL)';
  const sql = `(SELECT ${number} FROM (SELECT COALESCE(
    (SELECT metric_series.${column} FROM metric_series WHERE metric_series.run = runs.id AND metric_series.key = k),
    (SELECT live.summary ->> ('$."' || k || '"[${index}]') FROM live WHERE live.run = runs.id)) AS v FROM (SELECT ? AS k)))`;
  return plain(sql, [name], 'number', true);
}
