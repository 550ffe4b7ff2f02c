import fc from 'fast-check';
import { published } from './open-api.ts';

type Json = Record<string, unknown>;
export type Schema = Json | boolean;

const components = (published.components as { schemas: Record<string, Schema> }).schemas;
/** Each is made once: making one costs far more than drawing from it. */
const made = new Map<string, fc.Arbitrary<unknown>>();

function once(key: string, make: () => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const arbitrary = made.get(key) ?? make();
  made.set(key, arbitrary);
  return arbitrary;
}

const WRONG = fc.oneof(
  fc.constantFrom<unknown[]>(null, '', -1, 1e300, [], {}, '\0', '\ud800', '__proto__'),
  fc.string({ maxLength: 20 }),
);

/** Values that a schema of the document takes, mostly; and what it does not, now and then. `known`: ids and names that exist. */
export const drawn = (schema: Schema, known: readonly string[], depth = 0): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 20, arbitrary: fitting(schema, known, depth) }, { weight: 1, arbitrary: WRONG });

function fitting(schema: Schema, known: readonly string[], depth: number): fc.Arbitrary<unknown> {
  if (typeof schema === 'boolean') return fc.constant(null);
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.split('/').at(-1)!;
    // A schema that names itself ends somewhere.
    if (depth > 6) return fc.constant(null);
    return once(`${name} ${depth}`, () => fitting(components[name] ?? {}, known, depth + 1));
  }
  const choices = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (choices) return fc.oneof(...choices.map((each) => fitting(each, known, depth)));
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  if ('const' in schema) return fc.constant(schema.const);
  switch (schema.type) {
    case 'integer':
    case 'number':
      return numbers(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return depth > 4
        ? fc.constant([])
        : fc.array(drawn((schema.items ?? {}) as Schema, known, depth + 1), { maxLength: 3 });
    case 'object':
      return objects(schema, known, depth);
    case 'string':
      return fc.oneof(texts(schema), fc.constantFrom(...known));
    default:
      return fc.oneof(fc.string({ maxLength: 20 }), fc.integer(), fc.constantFrom<unknown[]>(null, {}, []));
  }
}

function numbers({ type, minimum = -5, maximum = 1000 }: Json): fc.Arbitrary<unknown> {
  const [least, most] = [Number(minimum), Math.max(Number(minimum), Number(maximum))];
  const edges = fc.constantFrom(least, most);
  if (type === 'number') return fc.oneof(fc.double({ min: least, max: most, noNaN: true }), edges);
  const low = Math.max(least, -(2 ** 31));
  return fc.oneof(fc.integer({ min: low, max: Math.max(low, Math.min(most, 50)) }), edges);
}

function objects(schema: Json, known: readonly string[], depth: number): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  if (properties.length === 0) {
    const values = typeof schema.additionalProperties === 'object' ? (schema.additionalProperties as Schema) : {};
    const keys = fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom('loss', 'lr', '__proto__', ''));
    return fc.dictionary(keys, drawn(values, known, depth + 1), { maxKeys: 3 });
  }
  const shape = Object.fromEntries(properties.map(([name, each]) => [name, drawn(each, known, depth + 1)]));
  const required = (schema.required ?? []) as string[];
  return fc.record(shape, { requiredKeys: required.filter((name) => name in shape) });
}

function texts({ pattern }: Json): fc.Arbitrary<unknown> {
  if (typeof pattern !== 'string' || pattern.length >= 60) return fc.string({ maxLength: 30, unit: 'binary' });
  return once(`/${pattern}/`, () => fc.stringMatching(new RegExp(pattern, 'u')));
}
