import * as z from 'zod';
import { Empty, Millis, RunId } from './common.ts';
import { route } from './route.ts';

const Text = z.string().max(2000);

/** What an attempt ran on and from. What could not be found out is null, or empty. */
export const Environment = z
  .strictObject({
    /** The command line; what looks like a secret is masked. */
    command: z.array(Text).max(500),
    folder: Text,
    git: z
      .strictObject({
        commit: z.string().max(64),
        branch: z.string().max(500).nullable(),
        /** Without user and password. */
        remote: Text.nullable(),
        /** Files of the commit that differ. */
        changed: z.int().min(0),
        /** Files that no commit has. */
        untracked: z.int().min(0),
        /** The artifact that holds the difference; null: there is none, or it was not kept. */
        diff: Text.nullable(),
      })
      .nullable(),
    hostname: z.string().max(200),
    os: z.string().max(200),
    runtime: z.strictObject({ name: z.string().max(50), version: z.string().max(100) }),
    /** Versions of installed packages by name. */
    packages: z.record(z.string().max(250), z.string().max(250)),
    cpu: z.strictObject({ model: z.string().max(200), cores: z.int() }),
    /** Bytes. */
    memory: z.int(),
    gpus: z.array(z.string().max(200)).max(64),
  })
  .meta({ id: 'Environment' });
export type Environment = z.output<typeof Environment>;

const params = z.object({ id: RunId });
const tag = 'environment';

/** A lease holder, or a script that has a session, adds `Tidemark-Lease: attempt.token`. */
export const saveEnvironment = route({
  method: 'PUT',
  path: '/runs/{id}/environment',
  tag,
  scope: 'write',
  workerToo: true,
  status: 200,
  summary: 'What the run’s present attempt runs on and from. Again replaces it.',
  params,
  body: Environment,
  response: Empty,
  errors: ['invalid_request', 'not_found', 'conflict', 'stale_attempt', 'too_large'],
});
export const readEnvironments = route({
  method: 'GET',
  path: '/runs/{id}/environment',
  tag,
  scope: 'read',
  status: 200,
  summary: 'What each attempt ran on and from, the newest first; attempts that did not say are left out.',
  params,
  response: z.object({
    environments: z.array(z.object({ attempt: z.int(), savedAt: Millis, environment: Environment })),
  }),
  errors: ['not_found'],
});
export const environmentRoutes = { saveEnvironment, readEnvironments };
