import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { codesOf } from '@tidemark/api/contract/codes';
import { errorDocs } from '@tidemark/api/contract/docs/errors';
import { routeDocs } from '@tidemark/api/contract/docs/index';
import { parameters } from '@tidemark/api/contract/docs/parameters';
import { ERRORS } from '@tidemark/api/contract/errors';
import type { Route } from '@tidemark/api/contract/route';
import { docsPage } from '@tidemark/api/pages/docs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { allRoutes } from '../support/examples.ts';
import { WORDS, wordsOfContract } from '../support/field-words.ts';
import { published, Replies } from '../support/open-api.ts';

const table = Object.entries(allRoutes);
const namesOf = (schema: z.ZodType | undefined): string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];

test('the document is OpenAPI 3.1 by the specification’s own schema', async () => {
  const result = await new Validator().validate(structuredClone(published));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  const broken = structuredClone(published) as { paths: Record<string, Record<string, object>> };
  Object.assign(broken.paths['/api/v1/runs']!.post!, { responses: 7 });
  expect((await new Validator().validate(broken)).valid).toBe(false);
});

test('every reference of the document resolves, and no component is idle', () => {
  const text = JSON.stringify(published);
  const refs = new Set([...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, ref]) => ref!));
  for (const ref of refs) {
    let value: unknown = published;
    for (const part of ref.split('/')) value = (value as Record<string, unknown> | undefined)?.[part];
    expect(value, ref).toBeDefined();
  }
  const { securitySchemes: _, ...components } = published.components as Record<string, Record<string, unknown>>;
  for (const [kind, all] of Object.entries(components))
    for (const name of Object.keys(all)) expect(refs, `${kind}/${name}`).toContain(`components/${kind}/${name}`);
});

test.each(table)('%s has a summary, a description, words for each parameter, and an example', (name, route) => {
  const doc = routeDocs[name];
  expect(route.summary, 'a sentence in the contract').toMatch(/^\p{Lu}.{5,}[.)]$/su);
  expect(doc, `an entry in api/contract/docs/${route.tag}.ts`).toBeDefined();
  expect(doc!.description).toMatch(/^[\p{Lu}`].{5,}\.$/su);
  expect(Object.keys(doc!.examples).length).toBeGreaterThan(0);
  for (const parameter of [...namesOf(route.params), ...namesOf(route.query)])
    expect(doc!.parameters?.[parameter as never] ?? parameters[parameter], `words for ${parameter}`).toMatch(/\.$/);
});

test('each route names its own errors, which exist; what reads, changes or removes one thing has not_found', () => {
  const some = (route: Route): boolean => route.params !== undefined && route.scope !== 'public';
  for (const [name, route] of table) {
    for (const code of codesOf(route)) expect(ERRORS, name).toHaveProperty(code);
    if (some(route) && /^(GET|PATCH|DELETE)$/.test(route.method)) expect(codesOf(route), name).toContain('not_found');
  }
});

test('examples are what their schemas take', () => {
  const known = new Set(Object.keys(allRoutes));
  for (const [name, { examples }] of Object.entries(routeDocs)) {
    expect(known, 'docs of a route that there is').toContain(name);
    for (const [which, { body }] of Object.entries(examples)) {
      const schema = allRoutes[name]!.body;
      if (schema === undefined || schema === 'bytes' || JSON.stringify(body ?? {}).includes('{{')) continue;
      expect(schema.safeParse(body ?? {}).error?.issues, `${name}/${which}`).toBeUndefined();
    }
  }
});

test('every error has words', () => {
  expect(Object.keys(errorDocs).toSorted()).toEqual(Object.keys(ERRORS).toSorted());
});

test('what the contract says above its fields is what the document says of them: else `npm run words`', () => {
  expect(JSON.parse(readFileSync(WORDS, 'utf8'))).toEqual(wordsOfContract());
  const { schemas } = published.components as { schemas: Record<string, { properties: Record<string, object> }> };
  expect(schemas.Status!.properties.ok).toMatchObject({ description: 'Whether all parts work.' });
});

test('nothing in a reply is closed: a later server may answer more', () => {
  const { schemas } = published.components as { schemas: Record<string, object> };
  expect(JSON.stringify(schemas.Status)).not.toContain('"additionalProperties":false');
  expect(JSON.stringify(schemas.CreateRunRequest)).toContain('"additionalProperties":false');
});

test('patterns are those that every language of JSON Schema’s readers has', () => {
  const patterns = [...JSON.stringify(published).matchAll(/"pattern":"((?:[^"\\\\]|\\\\.)*)"/g)].map(
    ([, pattern]) => pattern!,
  );
  expect(patterns.length).toBeGreaterThan(20);
  for (const pattern of patterns) expect(pattern).not.toMatch(/\\\\[pP]\{/);
});

test('each operation is in an area of the document, and on the page', () => {
  const areas = (published.tags as { name: string }[]).map(({ name }) => name);
  const page = docsPage(published, 'default');
  for (const { operationId, body } of new Replies().operations.values()) {
    expect(areas, operationId).toEqual(expect.arrayContaining(body.tags as string[]));
    expect(page.includes(`id="${operationId}"`), operationId).toBe(true);
  }
});
