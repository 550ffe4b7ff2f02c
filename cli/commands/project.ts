import { frontRoutes, type ProjectEntry } from '@tidemark/api/contract/front';
import { ApiError, type Client, createClient } from '@tidemark/client';
import colors from 'picocolors';
import { type Connection, connectServer } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { ask } from '../terminal/ask.ts';
import { ago, bytes, grouped } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

/** What stands before the projects is asked without a prefix, whatever --project says. */
function front(options: Connection): Client {
  const { client, token } = connectServer(options);
  return createClient({ url: client.url, token });
}

export async function projectCreate(slug: string, options: Connection & { title?: string }): Promise<void> {
  const client = front(options);
  const { title } = options;
  const made = await client.call(frontRoutes.createProject, { body: { slug, ...(title ? { title } : {}) } });
  if (options.json) {
    console.log(JSON.stringify(made));
    return;
  }
  console.log(made.token);
  console.error(colors.dim(`An admin token of ${slug}, shown only now. Its dashboard: ${client.url}/p/${slug}/`));
}

export async function projectList(options: Connection): Promise<void> {
  const { projects } = await front(options).call(frontRoutes.listProjects);
  if (options.json) for (const project of projects) console.log(JSON.stringify(project));
  else show(projects);
}

export async function projectShow(slug: string, options: Connection): Promise<void> {
  const project = await front(options).call(frontRoutes.showProject, { params: { slug } });
  if (options.json) console.log(JSON.stringify(project));
  else show([project]);
}

export async function projectChange(
  slug: string,
  body: { title?: string; archived?: boolean },
  options: Connection,
): Promise<void> {
  const project = await front(options).call(frontRoutes.changeProject, { params: { slug }, body });
  if (options.json) console.log(JSON.stringify(project));
  else console.log(`${slug}${project.title ? ` (${project.title})` : ''} is ${project.state}.`);
}

/** With a token of the project, or with one that an admin of `default` gets for it, which its audit log says. */
export async function projectExport(slug: string, options: Connection & { output: string }): Promise<void> {
  const { exportProject } = await import('./export.ts');
  const { token } = connectServer({ ...options, project: slug });
  const best = (await frontToken(slug, options)) ?? token;
  await exportProject({ ...options, project: slug, ...(best ? { token: best } : {}) });
}

async function frontToken(slug: string, options: Connection): Promise<string | null> {
  try {
    return (await front(options).call(frontRoutes.createProjectToken, { params: { slug } })).secret;
  } catch (error) {
    // Whoever is no admin of `default` comes with a token of the project itself.
    if (error instanceof ApiError && (error.code === 'forbidden' || error.code === 'unauthorized')) return null;
    throw error;
  }
}

export async function projectDelete(slug: string, options: Connection & { confirm?: string }): Promise<void> {
  const client = front(options);
  const project = await client.call(frontRoutes.showProject, { params: { slug } });
  const confirm = options.confirm ?? (await asked(project));
  if (confirm !== slug) throw new Failure('That is not its slug; nothing was deleted.', { exit: EXIT.usage });
  await client.call(frontRoutes.deleteProject, { params: { slug }, query: { confirm } });
  console.log(
    options.json ? JSON.stringify({ slug, state: 'deleting' }) : `${slug} is gone; what it held is being deleted.`,
  );
}

const asked = ({ slug, runs, bytes: size }: ProjectEntry): Promise<string> =>
  ask(
    `${grouped(runs)} runs and ${bytes(size)} go for good. Type ${slug} to delete it: `,
    'Say its slug once more: --confirm SLUG.',
  );

function show(projects: readonly ProjectEntry[]): void {
  const now = Date.now();
  const rows = projects.map((project) => [
    project.slug,
    project.title || colors.dim('–'),
    project.state === 'active' ? 'active' : colors.dim(project.state),
    grouped(project.runs),
    grouped(project.running),
    bytes(project.bytes),
    project.lastActivityAt === null ? colors.dim('never') : ago(project.lastActivityAt, now),
  ]);
  const right = (title: string) => ({ title, right: true });
  const columns = [
    { title: 'SLUG' },
    { title: 'TITLE' },
    { title: 'STATE' },
    right('RUNS'),
    right('RUNNING'),
    right('BYTES'),
    { title: 'ACTIVE' },
  ];
  console.log(table(columns, rows).join('\n'));
}
