import { weights } from '@tidemark/db/schema/weights';
import { sql } from 'drizzle-orm';
import type { Weights } from '../contract/weights.ts';

export type Shapes = [name: string, dims: number[]][];
type Row = Omit<Weights, 'tensors' | 'parameters' | 'normalization'> & { shapes: string; normalization: string | null };

/** What an entry's wire form is made of. */
export const weightsFields = {
  name: weights.name,
  digest: weights.digest,
  size: weights.size,
  framework: weights.framework,
  shapes: weights.tensors,
  license: weights.license,
  source: weights.source,
  sourceDigest: weights.source_digest,
  normalization: weights.normalization,
  createdAt: weights.created_at,
  createdBy: weights.created_by,
  runs: sql<number>`(SELECT COUNT(*) FROM runs JOIN params ON params.run = runs.id AND params.key = 'init.digest'
    WHERE params.value = weights.digest)`,
};

export function toWeights({ shapes, normalization, ...row }: Row): Weights & { shapes: Shapes } {
  // What `createWeights` wrote, from what the contract checked.
  const tensors = JSON.parse(shapes) as Shapes;
  return {
    ...row,
    tensors: tensors.length,
    parameters: tensors.reduce((sum, [, dims]) => sum + dims.reduce((a, b) => a * b, 1), 0),
    normalization: normalization === null ? null : (JSON.parse(normalization) as Weights['normalization']),
    shapes: tensors,
  };
}
