import type { Worker } from '../contract/workers.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { workerRows } from './rows.ts';

/** Errors: not_found. */
export async function getWorker(deps: Deps, id: string): Promise<Worker> {
  const [worker] = await workerRows(deps, id);
  if (!worker) throw notFound(`worker ${id}`);
  return worker;
}
