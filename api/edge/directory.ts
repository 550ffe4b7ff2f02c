import { DurableObject } from 'cloudflare:workers';
import { openDurable } from '@tidemark/db/durable';
import { migrate } from '@tidemark/db/migrate';
import type { ProjectEntry } from '../contract/front.ts';
import { type Directory, openDirectory } from '../directory/directory.ts';
import { directoryMigrations } from '../directory/migrations.ts';
import type { EdgeEnv } from './env.ts';

/** The one object that knows which projects exist. It is asked only when one is created or all are listed. */
export class DirectoryObject extends DurableObject<EdgeEnv> {
  readonly #directory: Directory;

  constructor(ctx: DurableObjectState, env: EdgeEnv) {
    super(ctx, env);
    const db = openDurable(ctx.storage);
    this.#directory = openDirectory(db);
    void ctx.blockConcurrencyWhile(() => migrate(db, directoryMigrations));
  }

  has(slug: string): Promise<boolean> {
    return this.#directory.has(slug);
  }
  add(slug: string, at: number): Promise<boolean> {
    return this.#directory.add(slug, at);
  }
  list(): Promise<ProjectEntry[]> {
    return this.#directory.list();
  }
}
