import type { OidcEnvironment } from '../oidc/settings.ts';
import type { DirectoryObject } from './directory.ts';
import type { ProjectObject } from './project.ts';

/** The bindings of wrangler.toml. */
export interface EdgeEnv extends OidcEnvironment {
  readonly PROJECTS: DurableObjectNamespace<ProjectObject>;
  readonly DIRECTORY: DurableObjectNamespace<DirectoryObject>;
  readonly BLOBS: R2Bucket;
  readonly ASSETS: Fetcher;
  /** The deployment's admin token (`wrangler secret put TIDEMARK_ADMIN_TOKEN`). */
  readonly TIDEMARK_ADMIN_TOKEN?: string;
  /** `true`: messages of alerts may go to private addresses too, as in a local trial. */
  readonly TIDEMARK_PRIVATE_WEBHOOKS?: string;
  /** Requests a second of one token, or `off`; default 200. */
  readonly TIDEMARK_RATE_LIMIT?: string;
  /** The address people use; without, the one that a request came to. */
  readonly TIDEMARK_URL?: string;
}

export const projectStub = (env: EdgeEnv, slug: string): DurableObjectStub<ProjectObject> =>
  env.PROJECTS.get(env.PROJECTS.idFromName(slug));

export const directoryStub = (env: EdgeEnv): DurableObjectStub<DirectoryObject> =>
  env.DIRECTORY.get(env.DIRECTORY.idFromName('directory'));
