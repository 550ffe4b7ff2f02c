import * as z from 'zod';
import { Millis } from './common.ts';
import { route } from './route.ts';

/** A project's name in addresses: `/p/{slug}/…`. It never changes. `default` needs no prefix. */
export const Slug = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'a lower-case letter, then up to 31 of a-z, 0-9 and -');

export const Title = z
  .string()
  .trim()
  .max(100)
  .regex(/^\P{Cc}*$/u, 'one line, without control characters');

export const ProjectState = z
  .object({
    slug: Slug,
    /** What people call it; empty: its slug. */
    title: z.string(),
    /** Since when it is read-only; null: it is not. */
    archivedAt: Millis.nullable(),
    /** Runs that were registered and not purged since. */
    runs: z.int(),
    /** Runs that are written just now. */
    running: z.int(),
    lastActivityAt: Millis.nullable(),
    /** Of artifacts, checkpoints and datasets. */
    bytes: z.int(),
  })
  .meta({ id: 'ProjectState' });
export type ProjectState = z.output<typeof ProjectState>;

const tag = 'project';

export const getProject = route({
  method: 'GET',
  path: '/project',
  tag,
  scope: 'read',
  status: 200,
  summary: 'This project.',
  response: ProjectState,
  errors: [],
});
export const updateProject = route({
  method: 'PATCH',
  path: '/project',
  tag,
  scope: 'admin',
  status: 200,
  summary:
    'Give this project another title, archive it (read-only from then on) or take it back. None of its runs may be written just then.',
  body: z.strictObject({ title: Title.optional(), archived: z.boolean().optional() }),
  response: ProjectState,
  errors: ['invalid_request', 'conflict'],
  whileArchived: true,
});
export const projectRoutes = { getProject, updateProject };
