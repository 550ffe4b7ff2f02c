import type { DatasetChange } from '../contract/datasets.ts';

/** Of a manifest, in the order of paths. */
export type Entry = readonly [path: string, digest: string, size: number];

export interface Comparison {
  /** By path. */
  readonly changes: DatasetChange[];
  readonly moved: number;
  readonly unchanged: number;
}

/**
 * What `after` has otherwise than `before`, both sorted by path. A file that was added and one that was removed with the same bytes
 * are one that moved: each names the other's path, in the order of paths where there are several.
 */
export function compareManifests(before: readonly Entry[], after: readonly Entry[]): Comparison {
  const changes: { -readonly [K in keyof DatasetChange]: DatasetChange[K] }[] = [];
  let unchanged = 0;
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, young] = [before[i], after[j]];
    if (old && (!young || old[0] < young[0])) {
      changes.push({ path: old[0], change: 'removed', before: old[1], after: null, moved: null });
      i++;
    } else if (young && (!old || young[0] < old[0])) {
      changes.push({ path: young[0], change: 'added', before: null, after: young[1], moved: null });
      j++;
    } else {
      const [path, digest] = old!;
      if (digest === young![1]) unchanged++;
      else changes.push({ path, change: 'changed', before: digest, after: young![1], moved: null });
      i++;
      j++;
    }
  }
  const gone = new Map<string, typeof changes>();
  for (const change of changes) {
    if (change.change === 'removed') gone.set(change.before!, [...(gone.get(change.before!) ?? []), change]);
  }
  let moved = 0;
  for (const change of changes) {
    const from = change.change === 'added' ? gone.get(change.after!)?.shift() : undefined;
    if (!from) continue;
    moved++;
    change.moved = from.path;
    from.moved = change.path;
  }
  return { changes, moved, unchanged };
}
