import * as z from 'zod';
import { Millis } from './common.ts';
import { Role } from './members.ts';
import { ProjectState, Slug, Title } from './project.ts';
import { route } from './route.ts';
import { Token, TokenSecret } from './tokens.ts';

/** A project as the directory knows it: its figures are at most a minute behind while it changes. */
export const ProjectEntry = ProjectState.extend({
  createdAt: Millis,
  /** A project that is being deleted answers nothing any more. */
  state: z.enum(['active', 'archived', 'deleting']),
}).meta({ id: 'Project' });
export type ProjectEntry = z.output<typeof ProjectEntry>;

const params = z.object({ slug: Slug });
const tag = 'projects';
const needs = 'Needs an admin of the project `default`';

export const createProject = route({
  method: 'POST',
  path: '/projects',
  tag,
  scope: 'admin',
  status: 201,
  summary: `Create a project, with a database and tokens of its own. ${needs}. Its first admin token is in this reply and nowhere else.`,
  body: z.strictObject({ slug: Slug, title: Title.optional() }),
  response: ProjectEntry.extend({ token: TokenSecret }),
  errors: ['invalid_request', 'conflict'],
});
export const listProjects = route({
  method: 'GET',
  path: '/projects',
  tag,
  scope: 'admin',
  status: 200,
  summary: `All projects, \`default\` first. ${needs}.`,
  response: z.object({ projects: z.array(ProjectEntry) }),
  errors: [],
});
export const showProject = route({
  method: 'GET',
  path: '/projects/{slug}',
  tag,
  scope: 'admin',
  status: 200,
  summary: `One project. ${needs}, or of the project.`,
  params,
  response: ProjectEntry,
  errors: ['not_found'],
});
export const changeProject = route({
  method: 'PATCH',
  path: '/projects/{slug}',
  tag,
  scope: 'admin',
  status: 200,
  summary: `Give a project another title, archive it or take it back. ${needs}, or of the project.`,
  params,
  body: z.strictObject({ title: Title.optional(), archived: z.boolean().optional() }),
  response: ProjectEntry,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const deleteProject = route({
  method: 'DELETE',
  path: '/projects/{slug}',
  tag,
  scope: 'admin',
  status: 200,
  summary: `Delete a project for good: its runs, bytes, members and tokens. It answers nothing from then on; what it holds goes step by step. ${needs}, or of the project.`,
  params,
  query: z.object({
    /** The slug once more. */
    confirm: z.string().max(100).optional(),
  }),
  response: ProjectEntry,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const createProjectToken = route({
  method: 'POST',
  path: '/projects/{slug}/tokens',
  tag,
  scope: 'admin',
  status: 201,
  summary: `An admin token of a project, for an admin of \`default\` who has none there; the project’s audit log says so. ${needs}.`,
  params,
  response: Token.extend({ secret: TokenSecret }),
  errors: ['not_found'],
});
export const home = route({
  method: 'GET',
  path: '/home',
  tag,
  scope: 'public',
  status: 200,
  summary:
    'The projects that this browser, or this token of `default`, may open: all for an admin of `default`, else those that it is logged in to or that its person is a member of.',
  response: z.object({
    projects: z.array(ProjectEntry.extend({ role: Role.nullable() })),
    /** Who a person’s session belongs to. */
    person: z.object({ name: z.string(), email: z.string() }).nullable(),
    /** Whether it may create projects. */
    mayCreate: z.boolean(),
  }),
  errors: [],
});
export const loginOptions = route({
  method: 'GET',
  path: '/login-options',
  tag,
  scope: 'public',
  status: 200,
  summary: 'How a browser may log in beside a token or a link.',
  response: z.object({ provider: z.object({ name: z.string(), path: z.string() }).nullable() }),
  errors: [],
});

/** What stands before the projects and is therefore served without a `/p/{slug}` prefix only. */
export const frontRoutes = {
  createProject,
  listProjects,
  showProject,
  changeProject,
  deleteProject,
  createProjectToken,
  home,
  loginOptions,
};
