import { experimentRoutes } from '@tidemark/api/contract/experiments';
import { type Run, runRoutes } from '@tidemark/api/contract/runs';
import type { Client } from '@tidemark/client';
import { nearest } from '@tidemark/training/nearest';
import { EXIT, Failure } from './failure.ts';
import { REF_HELP } from './ref-help.ts';

/**
 * The run that a reference means. `#17` is one experiment's own number: where several experiments have a #17, `experiment`
 * (the command's --experiment) or `name#17` says which.
 * @throws Failure not found (3), or ambiguous or malformed (2)
 */
export async function findRun(
  client: Client,
  ref: string,
  { experiment, deleted = false }: { experiment?: string | undefined; deleted?: boolean } = {},
): Promise<Run> {
  const hash = ref.lastIndexOf('#');
  const name = hash > 0 ? ref.slice(0, hash) : experiment;
  const what = (hash >= 0 ? ref.slice(hash + 1) : ref).trim().toLowerCase();
  const scope = { ...(name ? { experiment: (await findExperiment(client, name)).id } : {}), deleted };
  const list = async (query: object) =>
    (await client.call(runRoutes.listRuns, { query: { ...scope, limit: 20, ...query } })).runs;

  let found: Run[];
  if (what === 'latest') found = (await list({ limit: 1 })).slice(0, 1);
  else if (/^\d{1,9}$/.test(what)) {
    found = await list({ ordinal: Number(what) });
    if (found.length === 0 && hash < 0 && what.length >= 4) found = await list({ idTail: what });
  } else if (/^[0-9a-f]{4,32}$/.test(what) && hash < 0) found = await list({ idTail: what });
  else throw new Failure(`\`${ref}\` names no run.`, { hint: REF_HELP, exit: EXIT.usage });

  if (found.length === 1) return found[0]!;
  if (found.length === 0) {
    throw new Failure(`There is no run ${ref}${name && hash < 0 ? ` in ${name}` : ''}.`, {
      hint: 'See them with `tidemark run list`.',
      exit: EXIT.notFound,
    });
  }
  const names = found.map((run) => `${run.experiment}#${run.ordinal}`);
  throw new Failure(`${ref} could be ${names.slice(0, 6).join(', ')}${names.length > 6 ? ', …' : ''}.`, {
    hint: `Say which: \`${names[0]}\`, or add --experiment NAME.`,
    exit: EXIT.usage,
  });
}

export async function findExperiment(client: Client, name: string): Promise<{ id: number; name: string }> {
  const { experiments } = await client.call(experimentRoutes.listExperiments, {});
  const found =
    experiments.find((one) => one.name === name) ??
    experiments.find((one) => one.slug === name || String(one.id) === name);
  if (found) return found;
  const near = nearest(
    name,
    experiments.map((one) => one.name),
  );
  throw new Failure(`There is no experiment ${name}.`, {
    hint: near
      ? `Did you mean ${near}?`
      : 'Experiments appear with their first run: `tidemark run submit FILE --experiment NAME`.',
    exit: EXIT.notFound,
  });
}
