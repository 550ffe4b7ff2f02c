import type { Database } from '@tidemark/db/database';
import type { Guards } from '@tidemark/db/fence';
import type * as z from 'zod';
import type { BlobStore } from './blobs/store.ts';
import type { TokenScope } from './contract/tokens.ts';

/** Sockets on either runtime. Messages are hints that say "look now"; the truth is always HTTP. */
export interface Signals {
  /** Topics: `queue` (a run was queued), `changes`, `run:ID`. */
  publish(topic: string): void;
  /** How many sockets watch a topic: the dashboard's pace follows it. */
  watching(topic: string): number;
}

export interface Limits {
  /** Bytes of a JSON body. */
  readonly body: number;
  /** Bytes of an artifact or blob. */
  readonly blob: number;
  /** Distinct metric keys of one run. */
  readonly keysPerRun: number;
  /** Leases a run may lose before it fails. */
  readonly maxLost: number;
  /** Characters of a run's console; what follows is not kept. */
  readonly console: number;
  /** Media of one run. */
  readonly mediaPerRun: number;
  /** Days that a deleted run stays in the trash. */
  readonly trashDays: number;
  /** Runs of which each is looked at, rather than an index walked in the order of the answer. */
  readonly candidates: number;
}

export const defaultLimits: Limits = {
  body: 16 * 2 ** 20,
  blob: 5 * 2 ** 30,
  keysPerRun: 5000,
  console: 16 * 2 ** 20,
  mediaPerRun: 20_000,
  maxLost: 10,
  trashDays: 30,
  candidates: 3000,
};

/** Who makes a request: a token, or the token that a browser's session stands for. */
export interface Principal {
  readonly name: string;
  readonly scope: z.output<typeof TokenScope>;
  readonly tokenId: number | null;
}

/** What one project's app is made of. Nothing in it knows of other projects, clocks or sockets but through these. */
export interface Deps {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly signals: Signals;
  /** Ask for a `tick` at a time (ms); an earlier one already asked for stays. */
  readonly schedule: (at: number) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Cryptographically random bytes. */
  readonly rng: (length: number) => Uint8Array;
  /** Signs what the server hands out and takes back (cursors need none). */
  readonly secret: string;
  readonly slug: string;
  readonly limits: Limits;
  readonly version: string;
  /** Told of what a client must not see: the exception behind a 500. */
  readonly report?: (error: unknown, requestId: string) => void;
  /** The fence; only the mutation tests pass another. */
  readonly guards?: Guards;
}
