import type { DirectoryObject } from './directory.ts';
import type { ProjectObject } from './project.ts';

/** The bindings of wrangler.toml. */
export interface EdgeEnv {
  readonly PROJECTS: DurableObjectNamespace<ProjectObject>;
  readonly DIRECTORY: DurableObjectNamespace<DirectoryObject>;
  readonly BLOBS: R2Bucket;
  readonly ASSETS: Fetcher;
  /** The deployment's admin token (`wrangler secret put TIDEMARK_ADMIN_TOKEN`). */
  readonly TIDEMARK_ADMIN_TOKEN?: string;
}

export const projectStub = (env: EdgeEnv, slug: string): DurableObjectStub<ProjectObject> =>
  env.PROJECTS.get(env.PROJECTS.idFromName(slug));

export const directoryStub = (env: EdgeEnv): DurableObjectStub<DirectoryObject> =>
  env.DIRECTORY.get(env.DIRECTORY.idFromName('directory'));
