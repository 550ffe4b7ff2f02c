import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { getRunDetail } from './get.ts';
import { type Registered, registerRun } from './register.ts';

/** Registers a new run with the same config, requirements, tags and priority. Errors: not_found, conflict (a script's own run). */
export async function cloneRun(
  deps: Deps,
  principal: Principal,
  id: string,
  name: string | undefined,
): Promise<Registered> {
  const run = await getRunDetail(deps, id);
  if (run.config === null) {
    throw new ApiError('conflict', `Run #${run.ordinal} was started by a script; there is no config to run again.`);
  }
  return registerRun(deps, principal, {
    experiment: run.experiment,
    config: run.config.written,
    requires: run.requires,
    priority: run.priority,
    tags: run.tags,
    clonedFrom: id,
    // A name of its own, unless one is asked for: two runs of one name are hard to tell apart.
    ...(name === undefined ? {} : { name }),
  });
}
