import * as z from 'zod';
import { RunId } from './common.ts';

/** A run as lineage names it. */
export const RunBrief = z
  .object({ id: RunId, experiment: z.string(), ordinal: z.int(), name: z.string(), status: z.string() })
  .meta({ id: 'RunBrief' });
/** A registered version of a model. */
export const ModelVersionBrief = z.object({ model: z.string(), version: z.int() }).meta({ id: 'ModelVersionBrief' });
