import * as z from 'zod';
import { Millis } from './common.ts';
import { route } from './route.ts';
import { TokenSecret } from './tokens.ts';

/** A project's name in addresses: `/p/{slug}/…`. It never changes. `default` needs no prefix. */
export const Slug = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'a lower-case letter, then up to 31 of a-z, 0-9 and -');

export const ProjectEntry = z.object({ slug: Slug, createdAt: Millis }).meta({ id: 'Project' });
export type ProjectEntry = z.output<typeof ProjectEntry>;

const tag = 'projects';

export const createProject = route({
  method: 'POST',
  path: '/projects',
  tag,
  scope: 'admin',
  status: 201,
  summary:
    'Create a project, with a database and tokens of its own. Needs an admin of the project `default`. Its first admin token is in this reply and nowhere else.',
  body: z.strictObject({ slug: Slug }),
  response: ProjectEntry.extend({ token: TokenSecret }),
  errors: ['invalid_request', 'conflict'],
});
export const listProjects = route({
  method: 'GET',
  path: '/projects',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'All projects, `default` first. Needs an admin of the project `default`.',
  response: z.object({ projects: z.array(ProjectEntry) }),
  errors: [],
});

/** What stands before the projects and is therefore served without a `/p/{slug}` prefix only. */
export const frontRoutes = { createProject, listProjects };
