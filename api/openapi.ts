import * as z from 'zod';
import { ERRORS, ErrorBody } from './contract/errors.ts';
import { routes } from './contract/index.ts';
import type { Route } from './contract/route.ts';

type Json = Record<string, unknown>;

/** The contract's table as an OpenAPI 3.1 document: schemas with a `meta` id become components. */
export function openApi(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries(routes) as [string, Route][]) {
    const path = `/api/v1${route.path.replaceAll('+}', '}')}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Tidemark', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }, { url: '/p/{project}', variables: { project: { default: 'default' } } }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: components(),
    },
  };
}

const uri = (id: string): string => `#/components/schemas/${id}`;

/** One schema in place. Whatever in it has an id is referred to, and defined once among the components. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const id = schema.meta()?.id;
  if (id !== undefined) return { $ref: uri(id) };
  const { $schema, $defs, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return JSON.parse(JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}

/** Every schema with an id, by its id. */
function components(): Json {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { uri, io: 'output', unrepresentable: 'any' }) as {
    schemas: Record<string, Json>;
  };
  return Object.fromEntries(Object.entries(schemas).map(([name, { $schema, $id, id, ...schema }]) => [name, schema]));
}

function operation(name: string, route: Route): Json {
  const parameters = [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')];
  const binary = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
  const codes = ['unauthorized', 'forbidden', ...route.errors, 'internal', 'unavailable'] as const;
  const failures = new Map<number, string[]>();
  for (const code of new Set(codes)) {
    if (route.scope === 'public' && (code === 'unauthorized' || code === 'forbidden')) continue;
    const { status } = ERRORS[code];
    failures.set(status, [...(failures.get(status) ?? []), code]);
  }
  return {
    operationId: name,
    tags: [route.tag],
    summary: route.summary,
    description: `Scope: ${route.scope}${route.workerToo ? ', or worker' : ''}.`,
    ...(route.scope === 'public' ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content:
              route.body === 'bytes'
                ? binary
                : { 'application/json': { schema: schemaOf(route.body, 'input'), ...exampleOf(route.example?.body) } },
          },
        }),
    responses: {
      [route.status]: {
        description: 'Success',
        ...(route.response === 'bytes'
          ? { content: binary }
          : route.status === 204
            ? {}
            : {
                content: {
                  'application/json': {
                    schema: schemaOf(route.response, 'output'),
                    ...exampleOf(route.example?.response),
                  },
                },
              }),
      },
      ...Object.fromEntries(
        [...failures].map(([status, names]) => [
          status,
          { description: names.join(', '), content: { 'application/json': { schema: schemaOf(ErrorBody, 'output') } } },
        ]),
      ),
    },
  };
}

const exampleOf = (example: unknown): Json => (example === undefined ? {} : { example });

function parametersOf(schema: z.ZodType | undefined, where: 'path' | 'query'): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, inner]) => ({
    name,
    in: where,
    required: where === 'path' || !inner.safeParse(undefined).success,
    schema: schemaOf(inner, 'input'),
  }));
}
