import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { RunBrief } from '../contract/lineage.ts';

/** Columns and tables of a run as lineage names it; a WHERE follows. */
export const BRIEF = `runs.id, runs.ordinal, runs.name, runs.status, experiments.name AS experiment
  FROM runs JOIN experiments ON experiments.id = runs.experiment_id`;

export const briefOf = (row: Row): z.output<typeof RunBrief> => ({
  id: String(row.id),
  experiment: String(row.experiment),
  ordinal: Number(row.ordinal),
  name: String(row.name),
  status: String(row.status),
});
