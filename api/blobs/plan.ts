import type { PartPlace, ReceivedPart, StoredAs } from './store.ts';

/** What the front is to do with the bytes of a part, or with the parts of a whole. */
export type PartsPlan =
  | { readonly kind: 'part'; readonly handle: string; readonly place: PartPlace }
  | {
      readonly kind: 'complete';
      readonly handle: string;
      readonly blob: StoredAs;
      readonly parts: readonly ReceivedPart[];
    };

/** Marks a reply that tells the front what to do with the bytes; no client ever sees one. */
export const PLAN_HEADER = 'x-tidemark-plan';

/** @param plan JSON that the front reads by the request that it answers */
export const planned = (plan: object): Response => Response.json(plan, { headers: { [PLAN_HEADER]: 'true' } });
