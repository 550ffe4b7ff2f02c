import type { Database } from '@tidemark/db/database';
import type { Guards } from '@tidemark/db/fence';
import type * as z from 'zod';
import type { BlobStore } from './blobs/store.ts';
import type { Role } from './contract/members.ts';
import type { Host } from './contract/status.ts';
import type { TokenScope } from './contract/tokens.ts';
import type { ProjectDirectory } from './directory/port.ts';
import type { Meter } from './observe/meter.ts';
import type { WebhookPort } from './webhooks/port.ts';

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
  /** Bytes of an artifact or blob in one request. */
  readonly blob: number;
  /** Bytes of one that comes in parts. */
  readonly upload: number;
  /** Distinct metric keys of one run. */
  readonly keysPerRun: number;
  /** Characters of a run's console; what follows is not kept. */
  readonly console: number;
  /** Media of one run. */
  readonly mediaPerRun: number;
  /** Leases a run may lose before it fails. */
  readonly maxLost: number;
  /** Days that a deleted run stays in the trash. */
  readonly trashDays: number;
  /** Milliseconds from a run's end until its points move from the database into blobs. */
  readonly moveAfter: number;
  /** Bytes of an attempt's points that are worth a blob; fewer stay in the database. */
  readonly moveLeast: number;
  /** About so many bytes of points are moved into one blob, in one step. */
  readonly volume: number;
  /** Runs of which each is looked at, rather than an index walked in the order of the answer. */
  readonly candidates: number;
  /** Entries of an index that are walked before it is asked whether another way is shorter. */
  readonly walk: number;
  /** Requests a second of one token or member, of which ten seconds' worth may come at once; 0: as many as it likes. */
  readonly requestsPerSecond: number;
  /** Requests a minute of one address whose credential is refused, before it has to wait. */
  readonly refusalsPerMinute: number;
}

export const defaultLimits: Limits = {
  body: 16 * 2 ** 20,
  blob: 5 * 2 ** 30,
  upload: 500 * 2 ** 30,
  keysPerRun: 12_000,
  console: 16 * 2 ** 20,
  mediaPerRun: 20_000,
  maxLost: 10,
  trashDays: 30,
  moveAfter: 86_400_000,
  moveLeast: 256 * 1024,
  volume: 4 * 2 ** 20,
  candidates: 3000,
  walk: 2000,
  requestsPerSecond: 500,
  refusalsPerMinute: 120,
};

/** Who makes a request: a token, a member, or what a browser's session stands for. */
export interface Principal {
  readonly name: string;
  readonly scope: z.output<typeof TokenScope>;
  readonly tokenId: number | null;
  readonly memberId?: number | null;
  readonly role?: Role | null;
  readonly email?: string | null;
  /** The directory's id of a person that the identity provider vouches for. */
  readonly userId?: string | null;
  /** The experiments that it may touch; null or none given: all. */
  readonly experiments?: readonly number[] | null;
  /** Requests a second, where they are its own. */
  readonly rate?: number | null;
  /** The session that the request came by. */
  readonly sessionId?: string | null;
}

/** A person that the directory vouches for: an identity provider said who it is. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly sessionId: string;
  /** The roles that its groups give it: in a project by its slug, in every project by `*`. */
  readonly roles: Readonly<Record<string, Role>>;
}

/** What one project's app is made of. Nothing in it knows of other projects, clocks or sockets but through these. */
export interface Deps {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly signals: Signals;
  /** Ask for a `tick` at a time (ms); an earlier one already asked for stays. */
  readonly schedule: (at: number) => void;
  /** Work that no request and no tick waits for. The runtime stays awake for it, and tells of its failure. */
  readonly background: (work: Promise<void>) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Cryptographically random bytes. */
  readonly rng: (length: number) => Uint8Array;
  /** Signs what the server hands out and takes back (cursors need none). */
  readonly secret: string;
  readonly slug: string;
  readonly limits: Limits;
  readonly version: string;
  /** Sends messages of alerts; without, none are sent. */
  readonly webhooks?: WebhookPort;
  /** The address people use, where it is known. */
  readonly publicUrl?: string;
  /** Where this project's figures and members are told; without, nobody asks for them. */
  readonly directory?: ProjectDirectory;
  /** Counts requests, points and ticks, where the process lives long enough to. */
  readonly meter?: Meter;
  /** The machine under the server; without, the platform runs it. */
  readonly host?: () => Promise<Host>;
  /** Of this project's database; null: not known. */
  readonly databaseBytes?: () => Promise<number | null>;
  /** Told of what a client must not see: the exception behind a 500. */
  readonly report?: (error: unknown, requestId: string) => void;
  /** The fence; only the mutation tests pass another. */
  readonly guards?: Guards;
}
