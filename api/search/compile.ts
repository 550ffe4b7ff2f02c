import type { SqlValue } from '@tidemark/db/database';
import { type Field, fieldOf, type ValueType } from './fields.ts';
import type { Expression, Literal } from './parse.ts';
import { SearchError, type Span } from './syntax.ts';
import { parseTime } from './time.ts';

export interface Sql {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/**
 * A filter as a condition on `runs`. SQL's logic of three values holds: a run without the value is neither equal nor unequal.
 * Errors: SearchError.
 */
export function compileFilter(expression: Expression): Sql {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return joined(expression.terms.map(compileFilter), expression.kind === 'and' ? 'AND' : 'OR');
    case 'not': {
      const { sql, params } = compileFilter(expression.term);
      return { sql: `(NOT ${sql})`, params };
    }
    case 'null': {
      const { sql, params } = fieldOf(expression.field);
      return { sql: `(${sql} IS NULL)`, params };
    }
    case 'compare': {
      const field = fieldOf(expression.field);
      const { value, type } = valueFor(field, expression.field, expression.value);
      const { sql, params } = field.typed(type);
      return { sql: `(${sql} ${expression.operator} ?)`, params: [...params, value] };
    }
    case 'in':
      return compileIn(expression.field, expression.values);
    case 'like':
      return compileLike(expression.field, expression.pattern);
  }
}

/** Balanced, so that a long chain stays within SQL's depth. */
function joined(terms: readonly Sql[], operator: 'AND' | 'OR'): Sql {
  if (terms.length === 1) return terms[0]!;
  const middle = terms.length >> 1;
  const left = joined(terms.slice(0, middle), operator);
  const right = joined(terms.slice(middle), operator);
  return { sql: `(${left.sql} ${operator} ${right.sql})`, params: [...left.params, ...right.params] };
}

function compileIn(span: Span, literals: readonly Literal[]): Sql {
  const field = fieldOf(span);
  const byType = new Map<ValueType, SqlValue[]>();
  for (const literal of literals) {
    const { value, type } = valueFor(field, span, literal);
    byType.set(type, [...(byType.get(type) ?? []), value]);
  }
  const terms = [...byType].map(([type, values]): Sql => {
    const { sql, params } = field.typed(type);
    return { sql: `(${sql} IN (SELECT value FROM json_each(?)))`, params: [...params, JSON.stringify(values)] };
  });
  return joined(terms, 'OR');
}

/** LIKE's own patterns are limited to 50 bytes: with % only at the ends it is equality, a prefix, a suffix or instr. */
function compileLike(span: Span, pattern: Literal): Sql {
  const field = fieldOf(span);
  if (field.type !== null && field.type !== 'text') throw new SearchError(span, `${span.text} is not text`);
  if (typeof pattern.value !== 'string') throw new SearchError(pattern, 'a pattern is text', '"%part%"');
  const open = pattern.value.startsWith('%');
  const end = pattern.value.length > 1 && pattern.value.endsWith('%');
  const text = pattern.value.slice(open ? 1 : 0, end ? -1 : undefined);
  if (text.includes('%'))
    throw new SearchError(pattern, '% stands at the start or the end', '"part%", "%part", "%part%"');
  const { sql, params } = field.typed('text');
  const value = `lower(${sql})`;
  const wanted = [...params, text];
  if (open && end) return { sql: `(instr(${value}, lower(?)) > 0)`, params: wanted };
  if (end) return { sql: `(instr(${value}, lower(?)) = 1)`, params: wanted };
  if (!open) return { sql: `(${value} = lower(?))`, params: wanted };
  // Every text ends in nothing; a missing one is unknown.
  return text === ''
    ? { sql: `(length(${sql}) >= 0)`, params }
    : { sql: `(substr(${value}, -length(?)) = lower(?))`, params: [...params, text, text] };
}

function valueFor(field: Field, span: Span, literal: Literal): { value: SqlValue; type: ValueType } {
  const { value } = literal;
  const given: ValueType = typeof value === 'string' ? 'text' : typeof value === 'number' ? 'number' : 'boolean';
  const type = field.type ?? given;
  if (type === 'time') {
    const time = typeof value === 'number' ? value : typeof value === 'string' ? parseTime(value) : null;
    if (time === null) {
      throw new SearchError(
        literal,
        `${span.text} is a time`,
        'milliseconds since 1970, or "2026-11-24" or "2026-11-24T12:00Z"',
      );
    }
    return { value: time, type };
  }
  if (type !== given) throw new SearchError(literal, `${span.text} is ${type === 'text' ? 'text' : 'a number'}`);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new SearchError(literal, 'the number is too large');
  if (field.allowed && !field.allowed.includes(String(value))) {
    throw new SearchError(literal, `${span.text} is never ${String(value)}`, field.allowed.join(', '));
  }
  return { value: typeof value === 'boolean' ? (value ? 1 : 0) : value, type };
}
