import type { Route } from '../contract/route.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError, notFound } from '../errors.ts';
import { visibleTo } from './visible.ts';

/**
 * What a route's handler may touch for a principal: everything, or, for a token that is restricted to experiments, a database that
 * holds nothing else when it reads, and when it writes only what is theirs. Errors: forbidden, not_found.
 */
export async function depsFor(deps: Deps, principal: Principal, route: Route, input: unknown): Promise<Deps> {
  const { experiments } = principal;
  if (!experiments || route.restricted === 'shared' || route.scope === 'public') return deps;
  if (route.scope === 'read') return visibleTo(deps, principal);
  if (/^\/(runs\/\{id\}|leases\/\{run\})/.test(route.path)) {
    await requireRunOf(
      deps,
      experiments,
      text(field(input, 'params'), 'id') ?? text(field(input, 'params'), 'run') ?? '',
    );
    return deps;
  }
  if (route.path.startsWith('/experiments/{id}')) {
    const id = field(field(input, 'params'), 'id');
    if (typeof id !== 'number' || !experiments.includes(id)) throw notFound(`experiment ${String(id)}`);
    return deps;
  }
  if (route.method === 'POST' && route.path === '/runs') {
    await requireExperiment(deps, experiments, text(field(input, 'body'), 'experiment') ?? '');
    return deps;
  }
  throw new ApiError(
    'forbidden',
    `This token is restricted to ${named(experiments)}, and this is none of its things.`,
    {
      hint: 'An admin makes one without a restriction: tidemark token create NAME.',
    },
  );
}

async function requireRunOf(deps: Deps, experiments: readonly number[], run: string): Promise<void> {
  const [row] = await deps.db.all(
    'SELECT 1 AS ok FROM runs WHERE id = ? AND experiment_id IN (SELECT value FROM json_each(?))',
    [run, JSON.stringify(experiments)],
  );
  if (!row) throw notFound(`run ${run}`);
}

async function requireExperiment(deps: Deps, experiments: readonly number[], name: string): Promise<void> {
  const [row] = await deps.db.all(
    'SELECT 1 AS ok FROM experiments WHERE name = ? AND id IN (SELECT value FROM json_each(?))',
    [name, JSON.stringify(experiments)],
  );
  if (row) return;
  throw new ApiError('forbidden', `This token is restricted to ${named(experiments)}; ${name} is not among them.`);
}

const named = (experiments: readonly number[]): string =>
  `${experiments.length === 1 ? 'experiment' : 'experiments'} ${experiments.join(', ')}`;

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && name in value ? (value as Record<string, unknown>)[name] : undefined;
const text = (value: unknown, name: string): string | undefined => {
  const found = field(value, name);
  return typeof found === 'string' ? found : undefined;
};
