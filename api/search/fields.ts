import type { SqlValue } from '@tidemark/db/database';
import { isMinimised } from '@tidemark/training/monitor';
import { MetricKey } from '../contract/common.ts';
import { attributeName, attributeNames, attributes } from './attributes.ts';
import { paramField } from './param-field.ts';
import { SearchError, type Span } from './syntax.ts';

/** `duration`: seconds, which may also be written `90s`, `1h30m`, `7d`. */
export type ValueType = 'text' | 'number' | 'time' | 'duration' | 'boolean';

export interface Sql {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** What stands for Infinity in SQL, whose texts would sort behind every number. */
export const INFINITE = Number.MAX_VALUE;

/** What a field is in SQL, with `runs` in scope. */
export interface Field extends Sql {
  /** null: a param's, which each run may have of its own type. */
  readonly type: ValueType | null;
  /** Its value where that has the type asked for, else NULL. */
  readonly typed: (type: ValueType) => Sql;
  /** Compared with a text that is written as a number; `value` gives it as either, for the place of the condition's `?`. */
  readonly asDigits?: (condition: string, value: (as: 'number' | 'text') => SqlValue) => Sql;
  /** What tells true from 1 in a group; NULL where there is no value. */
  readonly kind?: Sql;
  /** Where its values are found in order, by `key`: every run's (params, tags), or an ended run's (metric_series). */
  readonly index?: Index;
  /** Sorts alike, and does not change as time passes. */
  readonly order?: Sql;
  readonly nullable: boolean;
  readonly allowed?: readonly string[];
  /** Other words for values of it. */
  readonly synonyms?: Readonly<Record<string, string>>;
}

export interface Index {
  readonly table: 'params' | 'tags' | 'metric_series';
  readonly column: 'value' | 'last' | 'min' | 'max';
  readonly key: string;
}

/** What a request knows beside its text. */
export interface Scope {
  /** Milliseconds since 1970, for `age`. */
  readonly now: number;
  /** Directions of metrics that do not follow from their names, for `best`. */
  readonly directions: ReadonlyMap<string, 'min' | 'max'>;
}

/** Errors: SearchError with the names there are. */
export function fieldOf(span: Span, scope: Scope): Field {
  const { group, key } = fieldKey(span);
  switch (group) {
    case 'params':
      return paramField(key);
    case 'tags':
      return {
        ...plain('(SELECT tags.value FROM tags WHERE tags.run = runs.id AND tags.key = ?)', [key], 'text', true),
        index: { table: 'tags', column: 'value', key },
      };
    case 'metrics':
      return metricField(key, span, scope);
    default: {
      const name = attributeName(span.text);
      if (name === 'age') return ageField(scope);
      const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
      if (!attribute)
        throw new SearchError(span, `there is no field ${span.text}`, attributeNames.join(', '), attributeNames);
      const { sql, type, nullable = false, ...more } = attribute;
      return { ...plain(sql, [], type, nullable), ...more };
    }
  }
}

/**
 * `params.optimizer.learning_rate` → its group and key; quotes around a part of the key are not of it. An attribute has neither.
 * Errors: SearchError.
 */
export function fieldKey({ at, text }: Span): { group: '' | 'params' | 'metrics' | 'tags'; key: string } {
  const dot = text.indexOf('.');
  const name = (dot < 0 ? text : text.slice(0, dot)).toLowerCase().replace(/s$/, '').replace('parameter', 'param');
  if (name !== 'param' && name !== 'metric' && name !== 'tag') return { group: '', key: '' };
  const key = text.slice(dot + 1).replaceAll(/["`]/g, '');
  if (dot < 0 || key === '') throw new SearchError({ at, text }, `${text} needs a key`, `${name}s.KEY`);
  return { group: `${name}s`, key };
}

const plain = (sql: string, params: readonly SqlValue[], type: ValueType, nullable: boolean): Field => ({
  sql,
  params,
  type,
  nullable,
  typed: () => ({ sql, params }),
});

/** Seconds since it was registered. It grows while pages are turned, so the order is that of the moment itself. */
const ageField = ({ now }: Scope): Field => ({
  ...plain('((? - runs.created_at) / 1000.0)', [now], 'duration', false),
  order: { sql: '(-runs.created_at)', params: [] },
});

/** Columns of metric_series, and the places of the same in a live run's summary. */
const parts = {
  last: { column: 'last', index: 1 },
  min: { column: 'min', index: 3 },
  max: { column: 'max', index: 5 },
  count: { column: 'count', index: 0 },
} as const;

/** Of `metrics.KEY.PART`: the metric's own key, and which of its numbers. Errors: SearchError. */
export function metricPart(key: string, span: Span, { directions }: Scope): { name: string; part: keyof typeof parts } {
  const dot = key.lastIndexOf('.');
  const suffix = key.slice(dot + 1);
  // A quoted end is part of the key: metrics."a.min" is the last value of a.min.
  const named = dot > 0 && !/["`]$/.test(span.text) && (suffix === 'best' || Object.hasOwn(parts, suffix));
  const name = named ? key.slice(0, dot) : key;
  // What is no key cannot be logged; nor would it be safe in a JSON path.
  if (!MetricKey.safeParse(name).success)
    throw new SearchError(span, `no metric has the name ${name}`, 'letters, digits and _ - . : / space');
  if (!named) return { name, part: 'last' };
  if (suffix !== 'best') return { name, part: suffix as keyof typeof parts };
  return { name, part: directions.get(name) ?? (isMinimised(name) ? 'min' : 'max') };
}

/** A live run's value comes from its summary, an ended one's from metric_series. NaN is NULL: it compares with nothing. */
function metricField(key: string, span: Span, scope: Scope): Field {
  const { name, part } = metricPart(key, span, scope);
  const { column, index } = parts[part];
  const number = (v: string) =>
    column === 'last'
      ? `CASE ${v} WHEN 'NaN' THEN NULL WHEN 'Infinity' THEN ${INFINITE}
           WHEN '-Infinity' THEN -${INFINITE} ELSE CAST(${v} AS REAL) END`
      : `CAST(${v} AS REAL)`;
  // A checked name holds no quotes: as a part of the text it costs none of a statement's parameters.
  const sql = `COALESCE((SELECT ${number(column)} FROM metric_series WHERE run = runs.id AND key = '${name}'),
    (SELECT ${number('v')} FROM (SELECT summary ->> '$."${name}"[${index}]' AS v FROM live WHERE live.run = runs.id)))`;
  const field = plain(sql, [], 'number', true);
  return column === 'count' ? field : { ...field, index: { table: 'metric_series', column, key: name } };
}
