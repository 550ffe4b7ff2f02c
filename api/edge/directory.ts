import { DurableObject } from 'cloudflare:workers';
import { openDurable } from '@tidemark/db/durable';
import { migrate } from '@tidemark/db/migrate';
import type { ProjectEntry } from '../contract/front.ts';
import type { Role } from '../contract/members.ts';
import type { Session } from '../contract/sessions.ts';
import type { Person } from '../deps.ts';
import { type Directory, openDirectory } from '../directory/directory.ts';
import { directoryMigrations } from '../directory/migrations.ts';
import { type Identity, openPersons, type Persons } from '../directory/persons.ts';
import type { ProjectFigures } from '../directory/port.ts';
import type { EdgeEnv } from './env.ts';

/**
 * The one object that knows which projects exist and whom the identity provider vouched for. It is asked when projects are created or
 * listed, once a minute by a project that changes, and for a browser that a person is logged in with; never by workers and scripts.
 */
export class DirectoryObject extends DurableObject<EdgeEnv> {
  readonly #directory: Directory;
  readonly #persons: Persons;

  constructor(ctx: DurableObjectState, env: EdgeEnv) {
    super(ctx, env);
    const db = openDurable(ctx.storage);
    this.#directory = openDirectory(db);
    this.#persons = openPersons(db, (length) => crypto.getRandomValues(new Uint8Array(length)));
    void ctx.blockConcurrencyWhile(() => migrate(db, directoryMigrations));
  }

  has(slug: string): Promise<boolean> {
    return this.#directory.has(slug);
  }
  add(slug: string, at: number, title?: string): Promise<boolean> {
    return this.#directory.add(slug, at, title);
  }
  get(slug: string): Promise<ProjectEntry | null> {
    return this.#directory.get(slug);
  }
  list(): Promise<ProjectEntry[]> {
    return this.#directory.list();
  }
  tell(slug: string, figures: ProjectFigures): Promise<void> {
    return this.#directory.tell(slug, figures);
  }
  tellMembers(slug: string, members: readonly { email: string; role: Role }[]): Promise<void> {
    return this.#directory.tellMembers(slug, members);
  }
  rolesOf(email: string): Promise<Record<string, Role>> {
    return this.#directory.rolesOf(email);
  }
  doom(slug: string): Promise<boolean> {
    return this.#directory.doom(slug);
  }
  remove(slug: string): Promise<void> {
    return this.#directory.remove(slug);
  }
  findPerson(secret: string, now: number): Promise<Person | null> {
    return this.#persons.find(secret, now);
  }
  signIn(identity: Identity, session: { now: number; days: number; agent: string }): Promise<string> {
    return this.#persons.signIn(identity, session);
  }
  sessionsOf(person: string, now: number): Promise<Omit<Session, 'kind' | 'current'>[]> {
    return this.#persons.sessionsOf(person, now);
  }
  endSessions(person: string, id: string | null): Promise<number> {
    return this.#persons.endSessions(person, id);
  }
}
