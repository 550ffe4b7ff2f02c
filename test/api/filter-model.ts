import { fromNumber } from '@tidemark/api/contract/common';
import { finishAttempt } from '@tidemark/api/leases/finish';
import { logRun } from '@tidemark/api/metrics/log';
import { registerRun } from '@tidemark/api/runs/register';
import fc from 'fast-check';
import type { OpenDeps } from '../support/open-libsql.ts';

// A naive evaluator of filters, and the few runs that it knows.

type Value = string | number | boolean | null;
/** A run as the naive model knows it. */
export interface Facts {
  name: string;
  status: string;
  priority: number;
  params: Record<string, Value>;
  tags: Record<string, string>;
  /** Values of the one metric `loss`, in steps 1, 2, …; the last may be NaN. */
  loss: number[];
}

const user = { name: 'tester', scope: 'admin', tokenId: null } as const;
const LONG = 'a name of more than fifty bytes, which SQLite would not take in a Durable Object: adam';
export const facts: Facts[] = [
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
  // A text longer than SQLite's own patterns, and what these are made of.
  { name: 'g', status: 'finished', priority: 4, params: { opt: LONG, lr: '*[?' }, tags: { team: 'a_d%m!' }, loss: [] },
  // What clients log that know params as texts only.
  {
    name: 'f',
    status: 'failed',
    priority: 2,
    params: { lr: '1e-2', opt: '5.0', deep: 'true', more: ' 3' },
    tags: {},
    loss: [1],
  },
];

type Node =
  | { kind: 'and' | 'or'; terms: Node[] }
  | { kind: 'not'; term: Node }
  | { kind: 'compare'; field: string; operator: string; value: string | number | boolean }
  | { kind: 'between'; field: string; low: string | number; high: string | number; negated: boolean }
  | { kind: 'in'; field: string; values: (string | number)[]; negated: boolean }
  | { kind: 'like'; field: string; pattern: string; escapedBy: string | null; fold: boolean; negated: boolean }
  | { kind: 'null'; field: string; negated: boolean };

const texts = fc.constantFrom(
  '5',
  '0.01',
  '1e-2',
  '01',
  '.5',
  'a',
  'adam',
  'ADAM',
  'x',
  'y',
  '',
  '0.1',
  '100%',
  'it is "so"',
  "o'k",
  'finished',
);
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
  'metrics.loss.best',
  'params.more',
);
const operators = fc.constantFrom('=', '!=', '<>', '<', '<=', '>', '>=', '==');
const patterns = fc.oneof(
  fc.constantFrom('%a%', 'ad%', '%M', 'adam', '%', '%%', '_dam', '%0.%', '"%', '%_d%m', 'a%b%', `${LONG}%`, `%${LONG}`),
  // Anchored and floating parts of a text, escapes, and a tail that makes it too long for SQLite's own LIKE.
  fc
    .tuple(
      fc.array(fc.constantFrom('a', 'A', 'd', '_', '%', '%', '0', 'name', 'fifty', '*', '[', '?', '!%', '!_', '!!'), {
        maxLength: 6,
      }),
      fc.constantFrom('', '', '%adam', '% in a Durable Object: adam', '%bytes%SQLite% take in a Durable%Object: _dam'),
    )
    .map(([head, tail]) => head.join('') + tail),
);
const leaf: fc.Arbitrary<Node> = fc.oneof(
  fc.record({ kind: fc.constant('compare' as const), field: textField, operator: operators, value: texts }),
  fc.record({ kind: fc.constant('compare' as const), field: numberField, operator: operators, value: numbers }),
  fc.record({
    kind: fc.constant('between' as const),
    field: numberField,
    low: numbers,
    high: numbers,
    negated: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('between' as const),
    field: textField,
    low: texts,
    high: texts,
    negated: fc.boolean(),
  }),
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
    pattern: patterns,
    escapedBy: fc.constantFrom(null, null, '!'),
    fold: fc.boolean(),
    negated: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('null' as const), field: fc.oneof(textField, numberField), negated: fc.boolean() }),
);
export const { tree } = fc.letrec<{ tree: Node }>((tie) => ({
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
export function render(node: Node): string {
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
    case 'between':
      return `${node.field} ${node.negated ? 'not ' : ''}BETWEEN ${literal(node.low)} and ${literal(node.high)}`;
    case 'like':
      return `${node.field}  ${node.negated ? 'NOT ' : ''}${node.fold ? 'ilike' : 'LIKE'} ${quoted(node.pattern)}${node.escapedBy === null ? '' : ` escape "${node.escapedBy}"`}`;
    case 'null':
      return `${node.field} is ${node.negated ? 'not ' : ''}null`;
  }
}
export const comparisons = (node: Node): number =>
  node.kind === 'and' || node.kind === 'or'
    ? node.terms.reduce((sum, term) => sum + comparisons(term), 0)
    : node.kind === 'not'
      ? comparisons(node.term)
      : node.kind === 'between'
        ? 2
        : 1;

export function factOf(run: Facts, field: string): Value {
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
  // A loss's best is its least.
  const extreme = part === 'best' ? 'min' : part;
  if (extreme === 'min' || extreme === 'max') return finite.length > 0 ? Math[extreme](...finite) : null;
  const last = run.loss.at(-1)!;
  return Number.isNaN(last) ? null : last;
}

/** Three values: null is unknown. */
export function evaluate(node: Node, run: Facts): boolean | null {
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
      return compare(run, node.field, node.operator, node.value);
    case 'between':
      return evaluate(
        {
          kind: node.negated ? 'not' : 'and',
          ...(node.negated
            ? { term: { ...node, negated: false } }
            : {
                terms: [
                  { kind: 'compare', field: node.field, operator: '>=', value: node.low },
                  { kind: 'compare', field: node.field, operator: '<=', value: node.high },
                ],
              }),
        } as Node,
        run,
      );
    case 'in': {
      const all = node.values.map((value) => compare(run, node.field, '=', value));
      return not(all.includes(true) ? true : all.includes(null) ? null : false, node.negated);
    }
    case 'like': {
      const value = factOf(run, node.field);
      if (typeof value !== 'string') return null;
      return not(likeRegex(node).test(value), node.negated);
    }
  }
}

function likeRegex({ pattern, escapedBy, fold }: Extract<Node, { kind: 'like' }>): RegExp {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const literal = pattern[i] === escapedBy ? pattern[++i]! : null;
    const plain = (literal ?? pattern[i]!).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    source += literal === null && pattern[i] === '%' ? '.*' : literal === null && pattern[i] === '_' ? '.' : plain;
  }
  return new RegExp(`^${source}$`, fold ? 'isu' : 'su');
}

/** Whether it is refused: an escape before what needs none, or a long pattern with `_` between two `%`. */
export function refused(node: Node): boolean {
  if (node.kind === 'and' || node.kind === 'or') return node.terms.some(refused);
  if (node.kind === 'not') return refused(node.term);
  if (node.kind !== 'like') return false;
  const parts = [...node.pattern.matchAll(node.escapedBy === '!' ? /!.|./gs : /./gs)].map(([part]) => part);
  if (node.escapedBy === '!' && parts.some((part) => part.startsWith('!') && !['!%', '!_', '!!'].includes(part)))
    return true;
  const bytes = parts
    .map((part) => (part.length > 1 ? part[1]! : part))
    .reduce((sum, part, i) => {
      const itself = parts[i]!.length > 1 || !/[%_]/.test(part);
      const wider = node.fold ? itself && /[%_\\]/.test(part) : itself && /[*?[]/.test(part);
      return sum + (wider ? (node.fold ? 2 : 3) : 1);
    }, 0);
  if (bytes <= 50) return false;
  return parts
    .join('\0')
    .split('\0%')
    .slice(1, -1)
    .some((between) => between.split('\0').includes('_'));
}

/** The number that a text is, as JSON writes them. */
export function numberIn(text: string): number | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'number' ? value : null;
  } catch {
    return null;
  }
}

/** A param is a number where both sides are. A value of another type than the one compared with is unknown, as a missing one is. */
function compare(run: Facts, field: string, operator: string, given: string | number | boolean): boolean | null {
  let value = factOf(run, field);
  let other = given;
  if (field.startsWith('params.')) {
    const [left, right] = [value, other].map((side) => (typeof side === 'string' ? numberIn(side) : side));
    if (typeof left === 'number' && typeof right === 'number') [value, other] = [left, right];
  }
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

/** Registers the model's runs in an experiment of their own; its id. */
export async function registerFacts({ deps, clock }: OpenDeps): Promise<number> {
  let experiment = 0;
  for (const { name, status, priority, params, tags, loss } of facts) {
    clock.now += 1000;
    const run = await registerRun(deps, user, { experiment: 'filters', name, priority, params, tags });
    experiment = run.experimentId;
    const steps = loss.map((_, i) => i + 1);
    const series = loss.length > 0 ? [{ key: 'loss', steps, times: steps, values: loss.map(fromNumber) }] : [];
    await logRun(deps, run.id, { series, lines: [] });
    const { attempt, token } = run.session!;
    if (status !== 'running') {
      await finishAttempt(deps, {
        holder: { run: run.id, attempt, token },
        finalSeq: 0,
        outcome: status as 'finished',
        actor: 't',
      });
    }
  }
  return experiment;
}
