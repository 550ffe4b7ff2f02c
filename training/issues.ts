import type * as z from 'zod';
import { nearest } from './nearest.ts';
import { allowed, type SchemaNode, schemaAt, tagsOf } from './schema.ts';

/** One thing that is wrong with a config: where in the document, the value, what would be allowed, and a way out. */
export interface ConfigIssue {
  path: (string | number)[];
  message: string;
  value?: unknown;
  allowed?: string;
  hint?: string;
}

export const pathText = (path: readonly (string | number)[]): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  ) || 'the document';

/** A value as JSON can carry it, cut to what a person would read. */
export function shown(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string') return value.length > 200 ? `${value.slice(0, 200)}…` : value;
  if (Array.isArray(value)) return value.length > 8 ? `a list of ${value.length}` : value.map(shown);
  if (typeof value === 'object') return 'a mapping';
  return String(typeof value === 'symbol' || typeof value === 'function' ? typeof value : value);
}

const quoted = (value: unknown): string => {
  const plain = shown(value);
  return typeof plain === 'string'
    ? plain.startsWith('a list') || plain === 'a mapping'
      ? plain
      : `"${plain}"`
    : JSON.stringify(plain);
};

function valueAt(document: unknown, path: readonly (string | number)[]): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

function unknownKey(path: (string | number)[], key: string, document: unknown): ConfigIssue {
  const known = [...new Set(schemaAt(path, document).flatMap((node) => Object.keys(node.properties ?? {})))];
  const meant = nearest(key, known);
  return {
    path: [...path, key],
    message: `Unknown key \`${key}\``,
    ...(known.length > 0 ? { allowed: `one of ${known.map((name) => `\`${name}\``).join(', ')}` } : {}),
    ...(meant === undefined ? {} : { hint: `Did you mean \`${meant}\`?` }),
  };
}

/** Right but for its place or its quotes. */
function misplaced(value: unknown, nodes: readonly SchemaNode[]): string | undefined {
  if (Array.isArray(value)) {
    for (const { properties = {} } of nodes)
      for (const [key, { type }] of Object.entries(properties))
        if (type === 'array' && Object.keys(properties).length === 1) return `Write the list under \`${key}\`.`;
  }
  const numeric = nodes.some(({ type }) => type === 'number' || type === 'integer');
  if (numeric && typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
    return `Write ${Number(value)} without quotes.`;
  return undefined;
}

function wrongValue(path: (string | number)[], document: unknown): ConfigIssue {
  const value = valueAt(document, path);
  const nodes = schemaAt(path, document);
  const expected = nodes.length > 0 ? allowed(nodes) : 'another value';
  if (value === undefined) return { path, message: `\`${pathText(path)}\` is missing`, allowed: expected };
  const words = nodes.flatMap((node) => (node.enum ?? [node.const]).filter((word) => typeof word === 'string'));
  const meant = typeof value === 'string' ? nearest(value, words) : undefined;
  const hint = meant !== undefined ? `Did you mean \`${meant}\`?` : misplaced(value, nodes);
  return {
    path,
    message: `\`${pathText(path)}\` must be ${expected}, but is ${quoted(value)}`,
    value: shown(value),
    allowed: expected,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** A tagged mapping whose tag is none that exists: says which ones do. */
function wrongTag(path: (string | number)[], document: unknown): ConfigIssue | undefined {
  const value = valueAt(document, path);
  const tags = tagsOf(schemaAt(path, document), value);
  if (!tags || typeof value !== 'object' || value === null) return undefined;
  const tag = (value as Record<string, unknown>)[tags.key];
  if (typeof tag === 'string' && tags.values.includes(tag)) return undefined;
  const expected = `one of ${tags.values.map((name) => `\`${name}\``).join(', ')}`;
  const at = [...path, tags.key];
  if (tag === undefined) return { path: at, message: `\`${pathText(at)}\` is missing`, allowed: expected };
  const meant = typeof tag === 'string' ? nearest(tag, tags.values) : undefined;
  return {
    path: at,
    message: `\`${pathText(at)}\` must be ${expected}, but is ${quoted(tag)}`,
    value: shown(tag),
    allowed: expected,
    ...(meant === undefined ? {} : { hint: `Did you mean \`${meant}\`?` }),
  };
}

/** A union failed: the branch that the value was meant for speaks, if there is one. */
function union(issue: z.core.$ZodIssueInvalidUnion, path: (string | number)[], document: unknown): ConfigIssue[] {
  const tag = wrongTag(path, document);
  if (tag) return [tag];
  // A mapping without a tag is not meant for the branch that goes by one.
  const untagged = (inner: z.core.$ZodIssue) =>
    inner.code === 'invalid_union' &&
    inner.errors.length === 0 &&
    valueAt(document, [...path, ...(inner.path as (string | number)[])]) === undefined;
  const meant = issue.errors.filter(
    (branch) =>
      branch.length > 0 &&
      branch.every((inner) => (inner.path.length > 0 && !untagged(inner)) || inner.code === 'unrecognized_keys'),
  );
  const branch = meant.length === 1 ? meant[0]! : issue.errors.length === 1 ? issue.errors[0]! : undefined;
  if (!branch) return [wrongValue(path, document)];
  return branch.flatMap((inner) => translate({ ...inner, path: [...path, ...inner.path] }, document));
}

/** A zod issue in plain words. */
export function translate(issue: z.core.$ZodIssue, document: unknown): ConfigIssue[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, document));
  if (issue.code === 'invalid_union') return union(issue, path, document);
  return [wrongValue(path, document)];
}
