import { sha256Hex } from '../hash.ts';
import { canonicalJson } from './canonical.ts';

type Params = Readonly<Record<string, string | number | boolean | null>>;

const SEEDS = new Set(['seed', 'random_seed', 'random_state', 'rng_seed']);
/** Where and when a config's run is trained says nothing of what it trains. */
const OF_THE_QUEUE = new Set(['device', 'requires', 'priority', 'max_retries']);

/**
 * What a run's repetitions have in common: a digest of its params without seeds (`seed`, `random_seed`, `random_state`, `rng_seed`, at any
 * depth) and, of a config, without what only the queue reads. A run without params is like no other: its id.
 */
export async function familyOf(run: { id: string; origin: 'config' | 'sdk' }, params: Params): Promise<string> {
  const telling = Object.entries(params).filter(
    ([key]) =>
      !SEEDS.has(key.slice(key.search(/[^./]*$/)).toLowerCase()) && !(run.origin === 'config' && OF_THE_QUEUE.has(key)),
  );
  if (telling.length === 0) return run.id;
  return (await sha256Hex(canonicalJson(Object.fromEntries(telling)))).slice(0, 32);
}
