import { orm } from '@tidemark/db/orm';
import { workers } from '@tidemark/db/schema/workers';
import { and, eq, ne } from 'drizzle-orm';
import type { Worker } from '../contract/workers.ts';
import type { Deps, Principal } from '../deps.ts';
import { projectEvent } from '../event.ts';
import { getWorker } from './get.ts';

/** Asks a worker to finish or give back what it runs and take nothing new, or takes that back. Errors: not_found. */
export async function drainWorker(deps: Deps, principal: Principal, id: string, drain: boolean): Promise<Worker> {
  const wanted = { drain: drain ? 1 : 0 };
  const changed = await orm(deps.db)
    .update(workers)
    .set(wanted)
    .where(and(eq(workers.id, id), ne(workers.drain, wanted.drain)))
    .returning({ id: workers.id });
  const worker = await getWorker(deps, id);
  if (changed.length > 0) {
    const event = projectEvent({
      at: deps.now(),
      actor: principal.name,
      type: 'worker',
      detail: { worker: id, drain },
    });
    await deps.db.batch([event]);
    for (const { id: run } of worker.runs) deps.signals.publish(`run:${run}`);
    deps.signals.publish('queue');
    deps.signals.publish('changes');
  }
  return worker;
}
