import type { SqlValue } from '@tidemark/db/database';
import type { Field, ValueType } from './fields.ts';

// Text that JSON reads as a number is one: clients that log every param as text write "0.01".
const NUMBER = `CASE params.kind WHEN 'number' THEN params.value WHEN 'string' THEN
  CASE WHEN json_valid(params.value) THEN CASE WHEN json_type(params.value) IN ('integer', 'real')
    THEN CAST(params.value AS REAL) END END END`;

/** Each run may have a param of its own type: compared as numbers where both sides are, else as what both are, else unknown. */
export function paramField(key: string): Field {
  const params: readonly SqlValue[] = [key];
  const select = (value: string, kind = '') =>
    `(SELECT ${value} FROM params WHERE params.run = runs.id AND params.key = ?${kind})`;
  return {
    sql: select('params.value'),
    params,
    type: null,
    nullable: true,
    index: { table: 'params', column: 'value', key },
    typed: (type: ValueType) => {
      if (type === 'number') return { sql: select(NUMBER), params };
      return {
        sql: select('params.value', ` AND params.kind = '${type === 'boolean' ? 'boolean' : 'string'}'`),
        params,
      };
    },
    asDigits: (condition, value) => ({
      sql: select(
        `COALESCE((${NUMBER}) ${condition}, CASE params.kind WHEN 'string' THEN params.value ${condition} END)`,
      ),
      params: [value('number'), value('text'), key],
    }),
    kind: { sql: select('params.kind', " AND params.kind <> 'null'"), params },
  };
}
