import * as z from 'zod';
import { RunConfig } from './config.ts';

/** A node of the config's JSON Schema, as far as it is used here. */
export interface SchemaNode {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
  properties?: Record<string, SchemaNode>;
  /** Of a mapping whose keys are the user's own: what each value is. */
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  prefixItems?: SchemaNode[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  maxLength?: number;
  description?: string;
  default?: unknown;
}

let schema: SchemaNode | undefined;

/** The config document's JSON Schema (draft 2020-12), as a user writes it: what a form or an editor needs. */
export function configJsonSchema(): SchemaNode {
  // zod's own type for a schema is wider than the parts named above.
  schema ??= z.toJSONSchema(RunConfig, { io: 'input', unrepresentable: 'any' }) as SchemaNode;
  return schema;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The keys whose constants tell a union's objects apart. */
const TAGS = ['type', 'preset', 'name', 'schedule'] as const;

/** A union's members as far as `value` decides between them: by a tag, else by the kind of value. */
function members(node: SchemaNode, value: unknown): SchemaNode[] {
  const all = node.anyOf ?? node.oneOf;
  if (!all) return [node];
  const flat = all.flatMap((member) => members(member, value));
  if (!isRecord(value)) return flat;
  const tagged = flat.filter(({ properties }) =>
    TAGS.some((key) => properties?.[key]?.const !== undefined && properties[key].const === value[key]),
  );
  return tagged.length > 0 ? tagged : flat;
}

/** The schema nodes that a path of the document leads to. */
export function schemaAt(path: readonly (string | number)[], document: unknown): SchemaNode[] {
  let nodes = members(configJsonSchema(), document);
  let value = document;
  for (const key of path) {
    value = isRecord(value) || Array.isArray(value) ? (value as Record<string | number, unknown>)[key] : undefined;
    nodes = nodes.flatMap((node) => {
      const rest = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
      const next = typeof key === 'number' ? (node.prefixItems?.[key] ?? node.items) : (node.properties?.[key] ?? rest);
      return next ? members(next, value) : [];
    });
  }
  return nodes;
}

/**
 * The tags that a union's objects are decided by: `{key: 'type', values: ['Conv2D', …]}`. Where only some objects have tags,
 * it is their key if `value` has it.
 */
export function tagsOf(nodes: readonly SchemaNode[], value?: unknown): { key: string; values: string[] } | undefined {
  for (const key of TAGS) {
    const values = nodes.map((node) => node.properties?.[key]?.const).filter((tag) => typeof tag === 'string');
    const all = values.length === nodes.filter((node) => node.properties).length;
    if (values.length > 0 && (all || (isRecord(value) && key in value))) return { key, values };
  }
  return undefined;
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): string {
  const edge = 2 ** 53 - 1;
  const low =
    exclusiveMinimum !== undefined
      ? `above ${exclusiveMinimum}`
      : minimum !== undefined && minimum > -edge
        ? `from ${minimum}`
        : '';
  const high =
    exclusiveMaximum !== undefined
      ? `below ${exclusiveMaximum}`
      : maximum !== undefined && maximum < edge
        ? `to ${maximum}`
        : '';
  return [low, low && high.startsWith('below') ? `and ${high}` : high]
    .filter(Boolean)
    .map((part) => ` ${part}`)
    .join('');
}

function listOf({ prefixItems, items, minItems, maxItems }: SchemaNode): string {
  if (prefixItems) return `a list of ${prefixItems.length} values, each ${describe(prefixItems[0]!)}`;
  const nodes = items ? members(items, undefined) : [];
  const tags = tagsOf(nodes);
  const each = tags
    ? `each a mapping with its \`${tags.key}\``
    : `each ${nodes.length > 0 ? allowed(nodes) : 'anything'}`;
  const count = maxItems !== undefined ? `${minItems ?? 0} to ${maxItems} ` : minItems ? `${minItems} or more ` : '';
  return `a list of ${count}values, ${each}`;
}

/** What a node allows, in words: "an integer from 1 to 4096". */
export function describe(node: SchemaNode): string {
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.enum) return `one of ${node.enum.map((value) => `\`${value}\``).join(', ')}`;
  switch (node.type) {
    case 'integer':
      return `an integer${range(node)}`;
    case 'number':
      return `a number${range(node)}`;
    case 'boolean':
      return '`true` or `false`';
    case 'string':
      if (node.pattern) return `text like ${node.pattern}`;
      return node.maxLength ? `text of 1 to ${node.maxLength} characters` : 'text';
    case 'array':
      return listOf(node);
    case 'object': {
      const keys = Object.keys(node.properties ?? {});
      const tag = TAGS.map((key) => node.properties?.[key]?.const).find((value) => value !== undefined);
      if (tag !== undefined) return `a mapping with \`${tag}\``;
      return keys.length === 1 ? `a mapping with \`${keys[0]}\`` : 'a mapping of keys';
    }
    default:
      return 'another value';
  }
}

/** What any of several nodes allows. */
export function allowed(nodes: readonly SchemaNode[]): string {
  const objects = nodes.filter((node) => node.properties);
  const constants = nodes.filter((node) => node.const !== undefined);
  const others = nodes.filter((node) => !node.properties && node.const === undefined);
  const rest = others.map(describe);
  if (constants.length > 0)
    rest.unshift(describe(constants.length > 1 ? { enum: constants.map((node) => node.const) } : constants[0]!));
  const keyOf = (node: SchemaNode) => TAGS.find((key) => node.properties?.[key]?.const !== undefined);
  for (const key of new Set(objects.map(keyOf))) {
    const same = objects.filter((node) => keyOf(node) === key);
    const values = key && same.map((node) => `\`${node.properties?.[key]?.const}\``);
    if (values && values.length > 1) rest.push(`a mapping whose \`${key}\` is one of ${values.join(', ')}`);
    else rest.push(...same.map(describe));
  }
  return [...new Set(rest)].join(', or ');
}
