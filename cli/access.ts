import { type Command, Option } from 'commander';
import { whole } from './whole.ts';

type Remote = (command: Command) => Command;

const ROLES = ['viewer', 'editor', 'admin'];
const slugs = 'lower-case letters, digits and -';

/** Projects, members and the audit log: who may do what, and where; and how the server is. */
export function addAccess(program: Command, remote: Remote): void {
  const project = program
    .command('project')
    .description('projects, each with a database, members and tokens of its own');
  remote(project.command('create').description('create one; prints its first admin token').argument('<slug>', slugs))
    .option('--title <title>', 'what people call it')
    .action(async (slug, options) => (await import('./commands/project.ts')).projectCreate(slug, options));
  remote(project.command('list').alias('ls').description('all of them, with their figures')).action(async (options) =>
    (await import('./commands/project.ts')).projectList(options),
  );
  remote(project.command('show').description('one of them').argument('<slug>')).action(async (slug, options) =>
    (await import('./commands/project.ts')).projectShow(slug, options),
  );
  remote(
    project.command('rename').description('another title; the slug stays').argument('<slug>').argument('<title>'),
  ).action(async (slug, title, options) =>
    (await import('./commands/project.ts')).projectChange(slug, { title }, options),
  );
  remote(project.command('archive').description('make it read-only').argument('<slug>')).action(async (slug, options) =>
    (await import('./commands/project.ts')).projectChange(slug, { archived: true }, options),
  );
  remote(project.command('unarchive').description('take it back').argument('<slug>')).action(async (slug, options) =>
    (await import('./commands/project.ts')).projectChange(slug, { archived: false }, options),
  );
  remote(project.command('export').description('all of it in one file, see `tidemark export`').argument('<slug>'))
    .requiredOption('-o, --output <file>', 'where to')
    .action(async (slug, options) => (await import('./commands/project.ts')).projectExport(slug, options));
  remote(project.command('delete').description('delete it for good: runs, bytes, members, tokens').argument('<slug>'))
    .option('--confirm <slug>', 'its slug once more; without, you are asked')
    .action(async (slug, options) => (await import('./commands/project.ts')).projectDelete(slug, options));

  const member = program.command('member').description('people of a project and what they may do');
  remote(member.command('add').description('add somebody; prints the link that logs them in once').argument('<email>'))
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).default('editor'))
    .option('--name <name>', 'what they are called')
    .action(async (email, options) => (await import('./commands/member.ts')).memberAdd(email, options));
  remote(member.command('list').alias('ls').description('members and their roles')).action(async (options) =>
    (await import('./commands/member.ts')).memberList(options),
  );
  remote(
    member
      .command('role')
      .description('another role, at once')
      .argument('<id|email>')
      .addArgument(program.createArgument('<role>', ROLES.join(', ')).choices(ROLES)),
  ).action(async (who, role, options) => (await import('./commands/member.ts')).memberRole(who, role, options));
  remote(member.command('link').description('another link that logs them in once').argument('<id|email>')).action(
    async (who, options) => (await import('./commands/member.ts')).memberLink(who, options),
  );
  remote(member.command('remove').alias('rm').description('out, at once').argument('<id|email>')).action(
    async (who, options) => (await import('./commands/member.ts')).memberRemove(who, options),
  );

  remote(
    program.command('status').description('the server’s own health; exit code 1 when a part does not work'),
  ).action(async (options) => (await import('./commands/status.ts')).status(options));

  remote(program.command('audit').description('who did what that may matter later, newest first'))
    .option('-n, --limit <count>', 'at most so many', whole(1), 50)
    .option('--actor <name>', 'by one of them')
    .option('--action <action>', 'such as createToken, deleteRun, updateMember')
    .action(async (options) => (await import('./commands/audit.ts')).audit(options));
}
