import type * as z from 'zod';
import type { createWeights as route, Weights } from '../contract/weights.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';
import { projectEvent } from '../event.ts';
import { findWeights } from './find.ts';

/**
 * Registers weights whose bytes are stored. The same again is success; the name of others is a conflict, because runs name weights
 * by it. Errors: invalid_request (no such bytes, a tensor twice), conflict, too_large.
 */
export async function createWeights(
  deps: Deps,
  principal: Principal,
  given: z.output<typeof route.body>,
): Promise<Weights> {
  const { name, digest, framework, tensors, license, source, sourceDigest, normalization } = given;
  const names = new Set<string>();
  const twice = tensors.find(([tensor]) => names.size === names.add(tensor).size);
  if (twice) throw invalid(['tensors'], `the tensor ${twice[0]} is there twice`);
  const channels = normalization && [normalization.mean.length, normalization.std.length];
  if (channels && channels[0] !== channels[1]) {
    throw invalid(['normalization'], `has ${channels[0]} means and ${channels[1]} deviations`);
  }
  const now = deps.now();
  const { type, detail } = { type: 'weights', detail: { name, digest } };
  const [created] = await deps.db.batch([
    {
      sql: `INSERT INTO weights (name, digest, size, framework, tensors, license, source, source_digest, normalization, created_at, created_by)
            SELECT ?, digest, size, ?, ?, ?, ?, ?, ?, ?, ? FROM blobs WHERE digest = ?
            ON CONFLICT (name) DO NOTHING RETURNING name`,
      params: [
        name,
        framework,
        JSON.stringify(tensors),
        license,
        source,
        sourceDigest,
        normalization && JSON.stringify(normalization),
        now,
        principal.name,
        digest,
      ],
    },
  ]);
  if (created!.length > 0) {
    await deps.db.batch([projectEvent({ at: now, actor: principal.name, type, detail })]);
    return entry(deps, name);
  }
  const stored = await entry(deps, name).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== 'not_found') throw error;
    throw invalid(['digest'], `no bytes are stored under ${digest}`, { hint: `Send them first: PUT /blobs/${digest}` });
  });
  if (stored.digest !== digest) {
    throw new ApiError('conflict', `${name} means other weights already (${stored.digest.slice(0, 12)}…).`, {
      hint: 'Take another name, or remove that entry first.',
    });
  }
  return stored;
}

async function entry(deps: Deps, name: string): Promise<Weights> {
  const { shapes: _, ...rest } = await findWeights(deps, name);
  return rest;
}
