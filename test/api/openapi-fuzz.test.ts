import { createApp } from '@tidemark/api/app';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawn, type Schema } from '../support/drawn.ts';
import { runExamples } from '../support/examples.ts';
import { type Operation, Replies } from '../support/open-api.ts';
import { type OpenDeps, openDeps } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

const principal = { name: 'tester', scope: 'admin', tokenId: 1 } as const;
const reported: unknown[] = [];
const replies = new Replies();
/** Ids and names that are there, so that not all is 404; and some that break paths. */
const known = ['1', '2', '999999', '0'.repeat(32), 'a'.repeat(64), 'cats', 'cats@1', 'gpu-box-1', '..', '%00', 'loss'];
let opened: OpenDeps;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  opened = await openDeps({ report: (error) => void reported.push(error) });
  app = createApp(opened.deps);
  // The examples fill the project, until one needs the front, which is no part of an app.
  const left = await runExamples((path, init, front) => {
    if (front) throw new Error('the front');
    return Promise.resolve(app.fetch(new Request(`http://localhost${path}`, init), { principal }));
  }).catch((error: Error) => error.message);
  expect(left).toBe('the front');
  for (const table of ['runs', 'leases', 'views', 'snapshots']) {
    const rows = await opened.deps.db.all(`SELECT id FROM ${table} LIMIT 3`).catch(() => []);
    known.push(...rows.map(({ id }) => String(id)));
  }
}, 60_000);
afterAll(() => opened.close());

/** What the front answers by itself is fuzzed by `npm run test:fuzz`. */
const operations = [...replies.operations.values()].filter(
  ({ path, body }) => path.startsWith('/api/v1') && !body.servers,
);

const parametersOf = ({ body }: Operation): Parameter[] =>
  ((body.parameters ?? []) as Parameter[]).filter(({ name }) => name !== undefined);

function requestOf(operation: Operation) {
  const parameters = parametersOf(operation);
  const content = (operation.body.requestBody as { content?: Record<string, { schema: Schema }> } | undefined)?.content;
  const json = content?.['application/json']?.schema;
  return fc.record({
    operation: fc.constant(operation),
    given: fc.record(Object.fromEntries(parameters.map(({ name, schema }) => [name, drawn(schema, known)])), {
      requiredKeys: parameters.filter(({ required }) => required).map(({ name }) => name),
    }) as fc.Arbitrary<Record<string, unknown>>,
    body: json ? drawn(json, known) : fc.constant(content ? 'bytes' : undefined),
    tag: fc.constantFrom(undefined, undefined, 'W/"0000000000000000"', '*', 'nonsense'),
    key: fc.constantFrom(undefined, undefined, 'k1', 'k2', ''),
  });
}

type Drawn = ReturnType<typeof requestOf> extends fc.Arbitrary<infer T> ? T : never;

const text = (value: unknown): string =>
  (typeof value === 'object' ? JSON.stringify(value) : String(value)).replaceAll(/\p{Surrogate}/gu, '?');

function request({ operation, given, body, tag, key }: Drawn): Request {
  const path = operation.path.replaceAll(
    /\{(\w+)\}/g,
    (_, name: string) => encodeURIComponent(text(given[name])) || 'x',
  );
  const query = parametersOf(operation).filter((each) => each.in === 'query' && given[each.name] !== undefined);
  const search = query.map(({ name }) => `${name}=${encodeURIComponent(text(given[name]))}`).join('&');
  const headers = new Headers({ 'content-type': 'application/json' });
  if (tag !== undefined) for (const name of ['if-none-match', 'if-match']) headers.set(name, tag);
  if (key !== undefined) headers.set('idempotency-key', key);
  const init: RequestInit = { method: operation.method.toUpperCase(), headers };
  if (body !== undefined && operation.method !== 'get')
    init.body = typeof body === 'string' ? body : JSON.stringify(body);
  return new Request(`http://localhost${path}?${search}`, init);
}

test('whatever is asked of any route is answered as the document says, and nothing breaks', async () => {
  const met = new Set<string>();
  const statuses = new Map<number, number>();
  const ask = async (drawn: Drawn): Promise<void> => {
    const { operationId } = drawn.operation;
    const response = await app.fetch(request(drawn), { principal });
    const { status } = response;
    const said = await response.text();
    const told = () =>
      `${drawn.operation.method} ${request(drawn).url}\n${JSON.stringify(drawn.body)}\n${status} ${said.slice(0, 500)}\n${status === 500 ? String((reported.at(-1) as Error)?.stack) : ''}`;
    if (status >= 500) expect.fail(told());
    met.add(operationId);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    // A path with `..` or nothing in it is another route's, or none's.
    if (said.includes('"There is no') || status === 304 || status === 206) return;
    const type = response.headers.get('content-type') ?? '';
    const body: unknown = type.startsWith('application/json') ? JSON.parse(said) : said;
    const complaint = replies.complaint(operationId, status, type, body);
    if (complaint !== null) expect.fail(`${complaint}\n${told()}`);
  };
  const each = Number(process.env.TIDEMARK_FUZZ_RUNS ?? 6);
  for (const operation of operations) {
    await fc.assert(fc.asyncProperty(requestOf(operation), ask), { ...seeded(each), endOnFailure: true });
  }
  expect(met.size).toBe(operations.length);
  expect(statuses.get(200) ?? 0).toBeGreaterThan(100);
  expect(statuses.get(400) ?? 0).toBeGreaterThan(50);
  if (process.env.TIDEMARK_FUZZ_RUNS) console.log(Object.fromEntries(statuses));
}, 120_000);
