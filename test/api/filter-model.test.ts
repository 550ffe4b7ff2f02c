import { fromNumber } from '@tidemark/api/contract/common';
import { ApiError } from '@tidemark/api/errors';
import { finishAttempt } from '@tidemark/api/leases/finish';
import { logRun } from '@tidemark/api/metrics/log';
import { listRuns } from '@tidemark/api/runs/list';
import { registerRun } from '@tidemark/api/runs/register';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDeps, openDeps } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';

type Value = string | number | boolean | null;
/** A run as the naive model knows it. */
interface Facts {
  name: string;
  status: string;
  priority: number;
  params: Record<string, Value>;
  tags: Record<string, string>;
  /** Values of the one metric `loss`, in steps 1, 2, …; the last may be NaN. */
  loss: number[];
}

const user = { name: 'tester', scope: 'admin', tokenId: null } as const;
const facts: Facts[] = [
  {
    name: 'a',
    status: 'finished',
    priority: 0,
    params: { lr: 0.1, opt: 'adam', deep: true },
    tags: { team: 'x' },
    loss: [3, 1, 2],
  },
  {
    name: 'b',
    status: 'running',
    priority: 3,
    params: { lr: 0.01, opt: 'SGD', deep: false },
    tags: { team: 'y', "o'k": '"q"' },
    loss: [0.5],
  },
  { name: 'c', status: 'finished', priority: -2, params: { lr: '0.1', opt: 5 }, tags: {}, loss: [0.25, Number.NaN] },
  { name: 'd', status: 'failed', priority: 0, params: { lr: null }, tags: { team: '' }, loss: [] },
  {
    name: 'e',
    status: 'running',
    priority: 9,
    params: {},
    tags: { team: '100%' },
    loss: [Number.POSITIVE_INFINITY, 2],
  },
  {
    name: 'A',
    status: 'finished',
    priority: 1,
    params: { lr: 1e-3, opt: 'adamw' },
    tags: { team: 'X' },
    loss: [2, 2, 0],
  },
];

let opened: OpenDeps;
let experiment: number;
beforeAll(async () => {
  opened = await openDeps();
  const { deps } = opened;
  for (const { name, status, priority, params, tags, loss } of facts) {
    opened.clock.now += 1000;
    const run = await registerRun(deps, user, { experiment: 'filters', name, priority, params, tags });
    experiment = run.experimentId;
    const steps = loss.map((_, i) => i + 1);
    const series = loss.length > 0 ? [{ key: 'loss', steps, times: steps, values: loss.map(fromNumber) }] : [];
    await logRun(deps, run.id, { series, lines: [] });
    const { attempt, token } = run.session!;
    if (status !== 'running') {
      await finishAttempt(deps, {
        holder: { run: run.id, attempt, token },
        finalSeq: 1,
        outcome: status as 'finished',
        actor: 't',
      });
    }
  }
});
afterAll(() => opened.close());

type Node =
  | { kind: 'and' | 'or'; terms: Node[] }
  | { kind: 'not'; term: Node }
  | { kind: 'compare'; field: string; operator: string; value: string | number | boolean }
  | { kind: 'in'; field: string; values: (string | number)[]; negated: boolean }
  | { kind: 'like'; field: string; pattern: string; negated: boolean }
  | { kind: 'null'; field: string; negated: boolean };

const texts = fc.constantFrom('a', 'adam', 'ADAM', 'x', 'y', '', '0.1', '100%', 'it is "so"', "o'k", 'finished');
const numbers = fc.constantFrom(0, 0.1, 0.01, 1e-3, 1, 2, 3, -2, 5, 1e300);
const textField = fc.constantFrom('name', 'tags.team', 'params.opt', 'params.lr', 'tags."o\'k"', 'tags.missing');
const numberField = fc.constantFrom(
  'priority',
  'ordinal',
  'params.lr',
  'params.opt',
  'params.missing',
  'metrics.loss',
  'metrics.loss.min',
  'metrics.loss.max',
  'metrics.loss.count',
  'metrics.none.min',
  'metrics."loss".last',
);
const operators = fc.constantFrom('=', '!=', '<>', '<', '<=', '>', '>=', '==');
const leaf: fc.Arbitrary<Node> = fc.oneof(
  fc.record({ kind: fc.constant('compare' as const), field: textField, operator: operators, value: texts }),
  fc.record({ kind: fc.constant('compare' as const), field: numberField, operator: operators, value: numbers }),
  fc.record({
    kind: fc.constant('compare' as const),
    field: fc.constantFrom('params.deep', 'params.lr'),
    operator: fc.constantFrom('=', '!='),
    value: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('compare' as const),
    field: fc.constant('status'),
    operator: fc.constantFrom('=', '!='),
    value: fc.constantFrom('running', 'finished', 'failed', 'queued'),
  }),
  fc.record({
    kind: fc.constant('in' as const),
    field: textField,
    values: fc.array(texts, { minLength: 1, maxLength: 3 }),
    negated: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('in' as const),
    field: fc.constantFrom('params.lr', 'params.opt'),
    values: fc.array(fc.oneof(texts, numbers), { minLength: 1, maxLength: 3 }),
    negated: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('like' as const),
    field: textField,
    pattern: fc.constantFrom('%a%', 'ad%', '%M', 'adam', '%', '%%', '_dam', '%0.%', '"%'),
    negated: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('null' as const), field: fc.oneof(textField, numberField), negated: fc.boolean() }),
);
const { tree } = fc.letrec<{ tree: Node }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'tree' },
    leaf,
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      terms: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('not' as const), term: tie('tree') }),
  ),
}));

const quoted = (text: string): string => `"${text.replaceAll(/(["\\])/g, '\\$1')}"`;
const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? quoted(value) : String(value);
function render(node: Node): string {
  switch (node.kind) {
    case 'and':
    case 'or':
      return `(${node.terms.map(render).join(` ${node.kind} `)})`;
    case 'not':
      return `NOT ${render(node.term)}`;
    case 'compare':
      return `${node.field} ${node.operator} ${literal(node.value)}`;
    case 'in':
      return `${node.field} ${node.negated ? 'not ' : ''}in (${node.values.map(literal).join(', ')})`;
    case 'like':
      return `${node.field}  ${node.negated ? 'NOT ' : ''}LIKE ${quoted(node.pattern)}`;
    case 'null':
      return `${node.field} is ${node.negated ? 'not ' : ''}null`;
  }
}
const comparisons = (node: Node): number =>
  node.kind === 'and' || node.kind === 'or'
    ? node.terms.reduce((sum, term) => sum + comparisons(term), 0)
    : node.kind === 'not'
      ? comparisons(node.term)
      : 1;

function factOf(run: Facts, field: string): Value {
  if (field === 'name' || field === 'status' || field === 'priority') return run[field];
  if (field === 'ordinal') return facts.indexOf(run) + 1;
  const [group, ...rest] = field.replaceAll('"', '').split('.');
  const key = rest.join('.');
  if (group === 'tags') return run.tags[key] ?? null;
  if (group === 'params') return run.params[key] ?? null;
  if (!key.startsWith('loss') || run.loss.length === 0) return null;
  const finite = run.loss.filter(Number.isFinite);
  const part = key.split('.')[1] ?? 'last';
  if (part === 'count') return run.loss.length;
  if (part === 'min' || part === 'max') return finite.length > 0 ? Math[part](...finite) : null;
  const last = run.loss.at(-1)!;
  return Number.isNaN(last) ? null : last;
}

/** Three values: null is unknown. */
function evaluate(node: Node, run: Facts): boolean | null {
  const not = (value: boolean | null, negated: boolean) => (value === null ? null : value !== negated);
  switch (node.kind) {
    case 'and': {
      const all = node.terms.map((term) => evaluate(term, run));
      return all.includes(false) ? false : all.includes(null) ? null : true;
    }
    case 'or': {
      const all = node.terms.map((term) => evaluate(term, run));
      return all.includes(true) ? true : all.includes(null) ? null : false;
    }
    case 'not':
      return not(evaluate(node.term, run), true);
    case 'null':
      return (factOf(run, node.field) === null) !== node.negated;
    case 'compare':
      return compare(factOf(run, node.field), node.operator, node.value);
    case 'in': {
      const all = node.values.map((value) => compare(factOf(run, node.field), '=', value));
      return not(all.includes(true) ? true : all.includes(null) ? null : false, node.negated);
    }
    case 'like': {
      const value = factOf(run, node.field);
      if (typeof value !== 'string') return null;
      const { pattern } = node;
      const source = pattern
        .split('')
        .map((c, i) =>
          c === '%' && (i === 0 || i === pattern.length - 1) ? '.*' : c.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
        )
        .join('');
      return not(new RegExp(`^${source}$`, 'is').test(value), node.negated);
    }
  }
}

/** A value of another type than the one compared with is unknown, as a missing one is. */
function compare(value: Value, operator: string, other: string | number | boolean): boolean | null {
  if (value === null || typeof value !== typeof other) return null;
  const order = value < other ? -1 : value > other ? 1 : 0;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '!=':
    case '<>':
      return order !== 0;
    default:
      return order === 0;
  }
}

const list = (query: { filter?: string; sort?: string; limit?: number; cursor?: string }) =>
  listRuns(opened.deps, { experiment, limit: 100, ...query });

test('a filter finds the runs that a naive evaluation finds', async () => {
  await fc.assert(
    fc.asyncProperty(tree, async (node) => {
      fc.pre(comparisons(node) <= 24);
      const { runs } = await list({ filter: render(node), sort: 'ordinal' });
      expect(runs.map((run) => run.name)).toEqual(
        facts.filter((run) => evaluate(node, run) === true).map((run) => run.name),
      );
    }),
    seeded(600),
  );
}, 60_000);

test('whatever is written as a filter or a sort is answered or refused, with its place, and nothing breaks', async () => {
  const words = [
    'status',
    'and',
    'or',
    'not',
    '(',
    ')',
    '=',
    '<',
    'in',
    'like',
    'is',
    'null',
    ',',
    '"a',
    "'",
    '"b"',
    '1e999',
    '-',
    'params.x',
    'metrics.',
    'metrics."',
    'tags.a.b',
    'created',
    '2026-13-01',
    '\\',
    '`',
    '%',
    '☃',
    '\u0000',
    '--',
    ';',
    '/*',
    'runs.id',
    'true',
  ];
  const text = fc.oneof(
    fc.string({ maxLength: 60, unit: 'binary' }),
    fc.array(fc.constantFrom(...words), { maxLength: 14 }).map((all) => all.join(' ')),
    tree.map(render).map((whole) => whole.slice(0, 40)),
  );
  await fc.assert(
    fc.asyncProperty(text, text, async (filter, sort) => {
      for (const query of [{ filter }, { sort }, { cursor: filter }]) {
        try {
          await list(query);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
          expect((error as ApiError).code).toBe('invalid_request');
          const { column, path } = (error as ApiError).details![0]!;
          if (path[1] !== 'cursor') expect(column).toBeGreaterThan(0);
        }
      }
    }),
    seeded(500),
  );
}, 60_000);

test('pages of any size by any sort hold every run once, with missing values last', async () => {
  const keys = fc.constantFrom(
    'name',
    'priority',
    'status',
    'params.lr',
    'params.opt',
    'tags.team',
    'metrics.loss',
    'metrics.loss.min',
    'created',
  );
  const sorts = fc.array(
    fc.tuple(fc.boolean(), keys).map(([down, key]) => (down ? `-${key}` : key)),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(sorts, fc.integer({ min: 1, max: 4 }), async (sort, limit) => {
      const query = { sort: sort.join(',') };
      const whole = (await list(query)).runs;
      const paged: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await list({ ...query, limit, ...(cursor === undefined ? {} : { cursor }) });
        paged.push(...page.runs.map((run) => run.id));
        cursor = page.next;
      }
      expect(paged).toEqual(whole.map((run) => run.id));
      const first = sort[0]!.replace('-', '');
      const values = whole
        .map((run) => factOf(facts.find(({ name }) => name === run.name)!, first))
        .filter((_, i) => first !== 'created' || i < 0);
      const missing = values.indexOf(null);
      if (missing >= 0) expect(values.slice(missing).every((value) => value === null)).toBe(true);
    }),
    seeded(150),
  );
}, 60_000);
