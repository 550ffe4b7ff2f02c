import { migrate } from '@tidemark/db/migrate';
import type { ServerConfig } from '../config.ts';
import type { Host } from '../contract/status.ts';
import { type Directory, openDirectory } from '../directory/directory.ts';
import { directoryMigrations } from '../directory/migrations.ts';
import { openPersons, type Persons } from '../directory/persons.ts';
import type { Meter } from '../observe/meter.ts';
import { destroyProject } from './destroy.ts';
import { type OpenProject, openDatabase, openProject } from './open-project.ts';
import { createTimer } from './timer.ts';

export interface Projects {
  /** Null for a slug that nobody created. */
  open(slug: string): Promise<OpenProject | null>;
  /** Opens a project whose slug enters the directory only afterwards: then it is whole. */
  prepare(slug: string): Promise<OpenProject>;
  /** From now on it is not there; what it holds goes in the background, and goes on with the next start. */
  remove(slug: string): Promise<void>;
  /** Closes what nobody uses. */
  closeIdle(): Promise<void>;
  /** The slugs of the projects that are open. */
  opened(): string[];
  readonly directory: Directory;
  readonly persons: Persons;
  close(): Promise<void>;
}

export interface Surroundings {
  readonly now: () => number;
  readonly rng: (length: number) => Uint8Array;
  readonly secret: string;
  readonly report: (error: unknown, requestId: string) => void;
  readonly meter?: Meter;
  readonly host?: () => Promise<Host>;
}

interface Slot {
  readonly project: Promise<OpenProject>;
  usedAt: number;
}

const MINUTE = 60_000;

/**
 * The projects of a server. Each is opened when it is first asked for and closed when nobody used it for a while: not while it answers a
 * request, holds a socket or a lease, or has something to do soon. When a closed one has something to do later, it is opened then; the
 * directory keeps that time, so that a server which starts again knows it.
 */
export async function openProjects(config: ServerConfig, around: Surroundings): Promise<Projects> {
  const slots = new Map<string, Slot>();
  const closing = new Map<string, Promise<void>>();
  const dues = new Map<string, number>();
  const removals = new Set<Promise<void>>();
  const idle = config.idleMinutes * MINUTE;
  let stopped = false;

  // Not a slug, so never a project's.
  const directoryDb = await openDatabase(config, '_directory');
  await migrate(directoryDb, directoryMigrations);
  const directory = openDirectory(directoryDb);
  const persons = openPersons(directoryDb, around.rng);

  const alarm = createTimer(
    around.now,
    async () => {
      for (const [slug, at] of dues) if (at <= around.now()) await open(slug);
      wake();
    },
    (error) => around.report(error, 'projects that are due'),
  );
  const wake = (): void => {
    if (dues.size > 0) alarm.schedule(Math.min(...dues.values()));
  };

  async function build(slug: string): Promise<OpenProject> {
    await closing.get(slug);
    dues.delete(slug);
    const project = await openProject(config, around, slug, {
      tell: (figures) => directory.tell(slug, figures),
      tellMembers: (members) => directory.tellMembers(slug, members),
      sessionsOf: (person) => persons.sessionsOf(person, around.now()),
      endSessions: (person, id) => persons.endSessions(person, id),
    });
    // Should this process die, the next one looks after it at once.
    await directory.setDue(slug, around.now());
    return project;
  }

  function prepare(slug: string): Promise<OpenProject> {
    const known = slots.get(slug);
    if (known) {
      known.usedAt = around.now();
      return known.project;
    }
    const slot = { project: build(slug), usedAt: around.now() };
    slots.set(slug, slot);
    slot.project.catch(() => slots.delete(slug));
    return slot.project;
  }

  async function open(slug: string): Promise<OpenProject | null> {
    if (stopped) return null;
    return slots.has(slug) || (await directory.has(slug)) ? prepare(slug) : null;
  }

  /** Takes it out first, so that whoever asks meanwhile waits and opens it anew. */
  function shut(slug: string, project: OpenProject): Promise<void> {
    const due = project.timer.due();
    slots.delete(slug);
    const closed = project.close().then(async () => {
      closing.delete(slug);
      if (due !== null) dues.set(slug, due);
      await directory.setDue(slug, due);
      wake();
    });
    closing.set(slug, closed);
    return closed;
  }

  async function closeIdle(): Promise<void> {
    for (const [slug, slot] of slots) {
      const project = await slot.project.catch(() => null);
      if (!project || slots.get(slug) !== slot) continue;
      const [lease] = await project.deps.db.all('SELECT 1 AS ok FROM live WHERE expires IS NOT NULL LIMIT 1');
      const now = around.now();
      const due = project.timer.due();
      const unused = now - slot.usedAt >= idle && project.busy() === 0 && project.sockets.count() === 0;
      if (unused && !lease && (due === null || due > now + idle)) await shut(slug, project);
    }
  }

  function remove(slug: string): Promise<void> {
    const removal = (async () => {
      const project = await slots.get(slug)?.project.catch(() => null);
      if (project) await shut(slug, project);
      await closing.get(slug);
      dues.delete(slug);
      await destroyProject(config, slug, () => stopped);
      if (!stopped) await directory.remove(slug);
    })().catch((error: unknown) => around.report(error, `deleting ${slug}`));
    removals.add(removal);
    void removal.then(() => removals.delete(removal));
    return removal;
  }

  for (const { slug, at } of await directory.dues()) dues.set(slug, at);
  wake();
  for (const slug of await directory.doomed()) void remove(slug);
  const sweeping = setInterval(() => void closeIdle().catch((error) => around.report(error, 'closing')), MINUTE);
  sweeping.unref();

  return {
    directory,
    persons,
    prepare,
    open,
    closeIdle,
    opened: () => [...slots.keys()],
    async remove(slug) {
      if (await directory.doom(slug)) void remove(slug);
    },
    async close() {
      stopped = true;
      clearInterval(sweeping);
      await alarm.stop();
      await Promise.allSettled(removals);
      for (const [slug, { project }] of slots) {
        const open = await project.catch(() => null);
        if (open) await shut(slug, open);
      }
      await Promise.allSettled(closing.values());
      directoryDb.close();
    },
  };
}
