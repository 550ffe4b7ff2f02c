import { orm } from '@tidemark/db/orm';
import { experiments } from '@tidemark/db/schema/experiments';
import { eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { Experiment, updateExperiment as route } from '../contract/experiments.ts';
import type { Deps, Principal } from '../deps.ts';
import { projectEvent } from '../event.ts';
import { nameTaken } from './create.ts';
import { getExperiment } from './get.ts';
import { slugOf } from './slug.ts';

type Body = z.output<typeof route.body>;

/** Renames, archives or restores, or sets the primary metric. Errors: not_found, conflict. */
export async function updateExperiment(deps: Deps, principal: Principal, id: number, body: Body): Promise<Experiment> {
  const before = await getExperiment(deps, id);
  if (Object.keys(body).length === 0) return before;
  const now = deps.now();
  const name = body.name ?? before.name;
  const primary = body.primaryMetric === undefined ? before.primaryMetric : body.primaryMetric;
  const archivedAt =
    body.archived === undefined ? before.archivedAt : body.archived ? (before.archivedAt ?? now) : null;
  const fields = {
    name,
    slug: slugOf(name),
    archived_at: archivedAt,
    primary_key: primary?.key ?? null,
    primary_mode: primary?.mode ?? null,
  };
  const db = orm(deps.db);
  try {
    await db.batch([
      db.update(experiments).set(fields).where(eq(experiments.id, id)),
      projectEvent(
        { at: now, actor: principal.name, type: 'experiment.updated', detail: { fields: Object.keys(body) } },
        id,
      ),
    ]);
  } catch (error) {
    throw nameTaken(error, name);
  }
  deps.signals.publish('changes');
  return getExperiment(deps, id);
}
