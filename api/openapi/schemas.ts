import * as z from 'zod';

export type Json = Record<string, unknown>;
type Io = 'input' | 'output';

/** The schemas of a document: each that is used gets a name among the components, and is referred to by it. */
export interface SchemaBook {
  /** A reference to what a caller sends, or to what it gets. `name` is for a schema without an id of its own. */
  refer(schema: z.ZodType, io: Io, name: string): Json;
  /** In place: for parameters. */
  inline(schema: z.ZodType): Json;
  readonly components: Readonly<Record<string, Json>>;
}

/**
 * A schema with an id is one component, unless what it takes differs from what it gives (defaults, conversions): then what is sent is
 * `NameInput`. Replies may get new fields at any time, so nothing in a reply is closed. `words`: of a schema's fields, and under the
 * empty name of the schema itself.
 */
export function schemaBook(words: (id: string) => Readonly<Record<string, string>>): SchemaBook {
  const all = { input: registered('input'), output: registered('output') };
  const differing = differ(all.input, all.output);
  const components: Record<string, Json> = {};
  const nameOf = (id: string, io: Io): string => (io === 'input' && differing.has(id) ? `${id}Input` : id);

  function use(id: string, io: Io): Json {
    const name = nameOf(id, io);
    if (!(name in components)) {
      components[name] = {};
      components[name] = described(settle(all[io][id] ?? {}, io), words(id));
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  /** References become those of this document, and bring what they refer to along. */
  function settle(value: unknown, io: Io): Json {
    return walk(value, (object) => {
      const id = typeof object.$ref === 'string' ? /^#\/(?:\$defs|all)\/(.+)$/.exec(object.$ref)?.[1] : undefined;
      if (id !== undefined) return { ...object, ...use(id, io) };
      const { $schema, $defs, $id, ...rest } = object;
      // A name that the registry gave it; anything else called so is a value.
      if (typeof rest.id === 'string') delete rest.id;
      if (io === 'output' && rest.additionalProperties === false) delete rest.additionalProperties;
      if (typeof rest.pattern === 'string') rest.pattern = portable(rest.pattern);
      return rest;
    }) as Json;
  }

  const plain = (schema: z.ZodType, io: Io): Json =>
    settle(z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json, io);
  return {
    components,
    inline: (schema) => plain(schema, 'input'),
    refer(schema, io, name) {
      const id = schema.meta()?.id;
      if (id !== undefined) return use(id, io);
      components[name] = plain(schema, io);
      return { $ref: `#/components/schemas/${name}` };
    },
  };
}

/** Without classes of Unicode, which JSON Schema does not promise: Cc is these 65 characters. */
const portable = (pattern: string): string =>
  pattern.replaceAll('\\P{Cc}', '[^\\p{Cc}]').replaceAll('\\p{Cc}', '\\x00-\\x1f\\x7f-\\x9f');

function registered(io: Io): Record<string, Json> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { io, uri: (id) => `#/all/${id}`, unrepresentable: 'any' });
  return schemas as unknown as Record<string, Json>;
}

/** Ids whose two forms are not the same, or that contain such a one. */
function differ(input: Record<string, Json>, output: Record<string, Json>): Set<string> {
  const open = (value: unknown): string =>
    JSON.stringify(
      walk(value, ({ additionalProperties, ...rest }) => ({
        ...rest,
        ...(additionalProperties ? { additionalProperties } : {}),
      })),
    );
  const found = new Set(Object.keys(output).filter((id) => open(input[id]) !== open(output[id])));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [id, schema] of Object.entries(output)) {
      const refs = [...JSON.stringify(schema).matchAll(/"#\/all\/([^"]+)"/g)].map(([, ref]) => ref!);
      if (refs.some((ref) => found.has(ref))) found.add(id);
    }
  }
  return found;
}

/** A copy, each object in it changed from the outside in; `properties` and `examples` have names of their own, not keywords. */
function walk(value: unknown, change: (object: Json) => Json): unknown {
  if (Array.isArray(value)) return value.map((each) => walk(each, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(change(value as Json)).map(([key, each]) => {
      if (key !== 'properties') return [key, walk(each, change)];
      return [key, Object.fromEntries(Object.entries(each as Json).map(([name, one]) => [name, walk(one, change)]))];
    }),
  );
}

function described(schema: Json, words: Readonly<Record<string, string>>): Json {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Json>).map(
    ([name, property]): [string, Json] => [
      name,
      words[name] === undefined || property.description ? property : { ...property, description: words[name] },
    ],
  );
  const { '': about } = words;
  return {
    ...schema,
    ...(about === undefined || schema.description ? {} : { description: about }),
    ...(properties.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
  };
}
