import type { Client } from '@tidemark/client';
import { fieldsOf, findView } from './commands/view.ts';
import type { Connection } from './context.ts';
import { EXIT, Failure } from './failure.ts';
import { findExperiment } from './run-ref.ts';

export interface ListOptions extends Connection {
  experiment?: string;
  status?: string;
  filter?: string;
  sort?: string;
  deleted?: boolean;
  by?: string;
  group?: 'seeds';
  values?: string;
  view?: string;
  limit: number;
}

/** What to list: which runs as the API takes it, in which order, and, for groups, by which fields. */
export interface Listing {
  readonly selection: { experiment?: number; filter?: string; deleted?: true };
  readonly sort: string | undefined;
  readonly by: readonly string[];
  readonly values: readonly string[];
  /** Runs equal but for their seeds are a group. */
  readonly seeds: boolean;
}

/** What is said beside a view narrows it (experiment, status, filter) or stands in its place (order, groups, values). */
export async function listingOf(client: Client, options: ListOptions): Promise<Listing> {
  const { status, group, deleted } = options;
  if (options.by && group) throw new Failure('Say --by or --group, not both.', { exit: EXIT.usage });
  const view = options.view ? await findView(client, options.view, options.experiment) : null;
  const experiment = options.experiment
    ? (await findExperiment(client, options.experiment)).id
    : (view?.experimentId ?? undefined);
  // Alone, a filter goes as it was written: the server names a mistake's place in it.
  const terms = [view?.state.filter, options.filter, status && `status = ${status}`].filter((term) => !!term);
  const filter = terms.length > 1 ? terms.map((term) => `(${term})`).join(' and ') : terms[0];
  const seeds = group === 'seeds';
  const by = options.by ? fieldsOf(options.by) : seeds ? [] : (view?.state.by ?? []);
  // An order of runs is none of groups, and the reverse.
  const sameKind = view !== null && view.state.by.length > 0 === (seeds || by.length > 0);
  return {
    selection: {
      ...(experiment === undefined ? {} : { experiment }),
      ...(deleted ? { deleted: true as const } : {}),
      ...(filter ? { filter } : {}),
    },
    sort: options.sort ?? ((sameKind && view.state.sort) || undefined),
    by,
    values: options.values ? fieldsOf(options.values) : (view?.state.values ?? []),
    seeds,
  };
}
