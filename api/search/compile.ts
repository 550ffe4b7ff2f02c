import type { SqlValue } from '@tidemark/db/database';
import { type Field, fieldOf, INFINITE, type Scope, type Sql, type ValueType } from './fields.ts';
import { likeCondition } from './like.ts';
import type { Expression, Literal } from './parse.ts';
import { SearchError, type Span } from './syntax.ts';
import { parseDuration, parseTime } from './time.ts';

/**
 * A filter as a condition on `runs`. SQL's logic of three values holds: a run without the value is neither equal nor unequal.
 * Errors: SearchError.
 */
export function compileFilter(expression: Expression, scope: Scope): Sql {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return joined(
        expression.terms.map((term) => compileFilter(term, scope)),
        expression.kind === 'and' ? 'AND' : 'OR',
      );
    case 'not': {
      const { sql, params } = compileFilter(expression.term, scope);
      return { sql: `(NOT ${sql})`, params };
    }
    case 'null': {
      const { sql, params } = fieldOf(expression.field, scope);
      return { sql: `(${sql} IS NULL)`, params };
    }
    case 'compare': {
      const field = fieldOf(expression.field, scope);
      const { value, type, digits } = valueFor(field, expression.field, expression.value);
      return condition(field, digits === undefined ? type : 'digits', `${expression.operator} ?`, (as) =>
        as === 'number' ? digits! : value,
      );
    }
    case 'in':
      return compileIn(expression.field, expression.values, scope);
    case 'like':
      return compileLike(expression, scope);
  }
}

function condition(
  field: Field,
  type: ValueType | 'digits',
  text: string,
  value: (as: 'number' | 'text') => SqlValue,
): Sql {
  if (type === 'digits') return field.asDigits!(text, value);
  const { sql, params } = field.typed(type);
  return { sql: `(${sql} ${text})`, params: [...params, value('text')] };
}

/** Balanced, so that a long chain stays within SQL's depth. */
function joined(terms: readonly Sql[], operator: 'AND' | 'OR'): Sql {
  if (terms.length === 1) return terms[0]!;
  const middle = terms.length >> 1;
  const left = joined(terms.slice(0, middle), operator);
  const right = joined(terms.slice(middle), operator);
  return { sql: `(${left.sql} ${operator} ${right.sql})`, params: [...left.params, ...right.params] };
}

function compileIn(span: Span, literals: readonly Literal[], scope: Scope): Sql {
  const field = fieldOf(span, scope);
  const byType = new Map<ValueType | 'digits', Value[]>();
  for (const literal of literals) {
    const value = valueFor(field, span, literal);
    const type = value.digits === undefined ? value.type : 'digits';
    byType.set(type, [...(byType.get(type) ?? []), value]);
  }
  const terms = [...byType].map(([type, values]) =>
    condition(field, type, 'IN (SELECT value FROM json_each(?))', (as) =>
      JSON.stringify(values.map(({ value, digits }) => (as === 'number' ? digits : value))),
    ),
  );
  return joined(terms, 'OR');
}

function compileLike(
  { field: span, pattern, escapedBy, fold }: Extract<Expression, { kind: 'like' }>,
  scope: Scope,
): Sql {
  const field = fieldOf(span, scope);
  if (field.type !== null && field.type !== 'text') throw new SearchError(span, `${span.text} is not text`);
  if (typeof pattern.value !== 'string') throw new SearchError(pattern, 'a pattern is text', '"%part%"');
  return likeCondition(field.typed('text'), pattern.value, { span: pattern, escapedBy, fold });
}

interface Value {
  readonly value: SqlValue;
  readonly type: ValueType;
  /** The number that a text is written as, where the field may hold either. */
  readonly digits?: number;
}

function valueFor(field: Field, span: Span, literal: Literal): Value {
  const { value } = literal;
  const given: ValueType = typeof value === 'string' ? 'text' : typeof value === 'number' ? 'number' : 'boolean';
  const type = field.type ?? given;
  if (typeof value === 'number' && !Number.isFinite(value)) throw new SearchError(literal, 'the number is too large');
  if (type === 'time' || type === 'duration') {
    const parse = type === 'time' ? parseTime : parseDuration;
    const number = typeof value === 'number' ? value : typeof value === 'string' ? parse(value) : null;
    if (number !== null) return { value: number, type };
    throw type === 'time'
      ? new SearchError(
          literal,
          `${span.text} is a time`,
          'milliseconds since 1970, or "2026-11-24" or "2026-11-24T12:00Z"',
        )
      : new SearchError(literal, `${span.text} is a number of seconds`, 'seconds, or 90s, 5m, 1h30m, 7d');
  }
  if (type === 'number' && typeof value === 'string') return { value: infinityIn(value, span, literal), type };
  if (type !== given) throw new SearchError(literal, `${span.text} is ${type === 'text' ? 'text' : 'a number'}`);
  if (field.allowed && !field.allowed.includes(String(value))) {
    const meant = field.synonyms && Object.hasOwn(field.synonyms, String(value)) && field.synonyms[String(value)];
    if (meant) return { value: meant, type };
    throw new SearchError(literal, `${span.text} is never ${String(value)}`, field.allowed.join(', '), field.allowed);
  }
  if (typeof value === 'string' && field.asDigits) {
    const digits = numberIn(value);
    if (digits !== null) return { value, type, digits };
  }
  return { value: typeof value === 'boolean' ? (value ? 1 : 0) : value, type };
}

/** `Infinity`, `-inf`: the only numbers that are written in letters. Errors: SearchError. */
function infinityIn(text: string, span: Span, literal: Literal): number {
  const [, sign] = /^([+-]?)inf(?:inity)?$/i.exec(text) ?? [];
  if (sign !== undefined) return sign === '-' ? -INFINITE : INFINITE;
  if (/^nan$/i.test(text))
    throw new SearchError(
      literal,
      'nothing equals NaN',
      `${span.text} is null, which NaN is, as is a value that is not there`,
    );
  throw new SearchError(literal, `${span.text} is a number`);
}

/** A number as JSON writes them, which is how SQL tells one too. */
function numberIn(text: string): number | null {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}
