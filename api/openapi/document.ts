import words from '../contract/docs/words.json' with { type: 'json' };
import { frontRoutes } from '../contract/front.ts';
import { routes } from '../contract/index.ts';
import type { Route } from '../contract/route.ts';
import { operation } from './operation.ts';
import { headers, otherPaths, parameters } from './parts.ts';
import { type Json, schemaBook } from './schemas.ts';
import { tags } from './tags.ts';

const documents = new Map<string, Json>();

/** The contract's table as an OpenAPI 3.1 document. It is made once. */
export function openApi(version: string): Json {
  let document = documents.get(version);
  if (!document) {
    document = make(version);
    documents.set(version, document);
  }
  return document;
}

function make(version: string): Json {
  const book = schemaBook((id) => (words as Readonly<Record<string, Readonly<Record<string, string>>>>)[id] ?? {});
  const failures: Record<string, Json> = {};
  const paths: Record<string, Json> = {};
  const add = (table: Readonly<Record<string, Route>>, front: boolean): void => {
    for (const [name, route] of Object.entries(table)) {
      const path = `/api/v1${route.path.replaceAll('+}', '}')}`;
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route, { book, failures }, front) };
    }
  };
  add(routes, false);
  add(frontRoutes, true);
  const used = new Set(Object.values({ ...routes, ...frontRoutes }).map(({ tag }: Route) => tag));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidemark',
      version,
      summary: 'Experiments, runs, metrics, artifacts, and the workers that train.',
      description:
        'Everything that the dashboard, the command line and the workers do goes through these calls. Addresses without a prefix mean the project `default`; `/p/{project}/…` is any other. Times are milliseconds since 1970.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      { url: '/', description: 'The project `default`.' },
      { url: '/p/{project}', description: 'Any other project.', variables: { project: { default: 'default' } } },
    ],
    security: [{ token: [] }, { session: [] }],
    tags: tags.filter(({ name }) => used.has(name)),
    paths: { ...paths, ...otherPaths(version) },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: '`Authorization: Bearer TOKEN`.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'tidemark-default',
          description: 'A browser’s session, from `POST /api/v1/session`; `tidemark-{project}` of another project.',
        },
      },
      parameters,
      headers,
      responses: failures,
      schemas: book.components,
    },
  };
}
