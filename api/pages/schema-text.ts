type Json = Record<string, unknown>;

/** A schema as people write types; what is referred to is shown where it is, a few levels deep. */
export function schemaText(document: Json, schema: Json): string {
  const schemas = (document.components as { schemas: Record<string, Json> }).schemas;

  function write(value: Json, indent: string, inside: readonly string[]): string {
    const name = typeof value.$ref === 'string' ? value.$ref.split('/').at(-1)! : undefined;
    if (name !== undefined) {
      if (inside.includes(name) || inside.length > 3) return name;
      return write(schemas[name] ?? {}, indent, [...inside, name]);
    }
    const any = (value.anyOf ?? value.oneOf) as Json[] | undefined;
    if (any) return any.map((each) => write(each, indent, inside)).join(' | ');
    const all = value.allOf as Json[] | undefined;
    if (all) return all.map((each) => write(each, indent, inside)).join(' & ');
    if (Array.isArray(value.enum)) return value.enum.map((each) => JSON.stringify(each)).join(' | ');
    if ('const' in value) return JSON.stringify(value.const);
    if (value.type === 'array') return arrayText(value, indent, inside);
    if (value.type === 'object' || value.properties) return objectText(value, indent, inside);
    return plain(value);
  }

  function arrayText(value: Json, indent: string, inside: readonly string[]): string {
    const tuple = value.prefixItems as Json[] | undefined;
    if (tuple) return `[${tuple.map((each) => write(each, indent, inside)).join(', ')}]`;
    const item = write((value.items ?? {}) as Json, indent, inside);
    return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
  }

  function objectText(value: Json, indent: string, inside: readonly string[]): string {
    const properties = Object.entries((value.properties ?? {}) as Record<string, Json>);
    if (properties.length === 0) {
      const of = value.additionalProperties;
      return typeof of === 'object' && of !== null ? `{ [name]: ${write(of as Json, indent, inside)} }` : '{}';
    }
    const required = new Set((value.required ?? []) as string[]);
    const deeper = `${indent}  `;
    const lines = properties.map(([name, property]) => {
      const words =
        typeof property.description === 'string' ? `  // ${property.description.replaceAll('\n', ' ')}` : '';
      return `${deeper}${name}${required.has(name) ? '' : '?'}: ${write(property, deeper, inside)}${words}`;
    });
    return `{\n${lines.join('\n')}\n${indent}}`;
  }

  return write(schema, '', []);
}

function plain(value: Json): string {
  const type = Array.isArray(value.type) ? value.type.join(' | ') : String(value.type ?? 'any');
  const limits = [
    bounded(value.minimum) ? `≥ ${String(value.minimum)}` : '',
    bounded(value.maximum) ? `≤ ${String(value.maximum)}` : '',
    value.default === undefined ? '' : `else ${JSON.stringify(value.default)}`,
  ].filter(Boolean);
  return limits.length > 0 ? `${type} (${limits.join(', ')})` : type;
}

/** JSON's whole numbers end there anyway. */
const bounded = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER;
