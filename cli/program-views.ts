import type { Command } from 'commander';
import { whole } from './whole.ts';

type Extend = (command: Command) => Command;
type Extensions = Record<'remote' | 'withExperiment', Extend>;

/** `tidemark run note`, `run tag` and `run untag`; the extensions add options that all commands share. */
export function addNotes(run: Command, { remote, withExperiment }: Extensions): void {
  withExperiment(remote(run.command('note').description('read or write its note, which is Markdown').argument('<run>')))
    .argument('[text]', 'what it is to be; - reads standard input, "" removes it')
    .option('--append', 'behind what it is now')
    .option('--history', 'what it was, newest first')
    .action(async (ref, text, options) => (await import('./commands/run-note.ts')).runNote(ref, text, options));
  withExperiment(remote(run.command('tag').description('tag it').argument('<run>').argument('<key=value...>'))).action(
    async (ref, pairs, options) => (await import('./commands/run-tag.ts')).runTag(ref, pairs, options),
  );
  withExperiment(remote(run.command('untag').description('remove tags').argument('<run>').argument('<key...>'))).action(
    async (ref, keys, options) => (await import('./commands/run-tag.ts')).runUntag(ref, keys, options),
  );
}

/** `tidemark view …` and `tidemark trash …`. */
export function addViews(program: Command, { remote, withExperiment }: Extensions): void {
  const one = (command: Command) => remote(command).option('-e, --experiment <name>', 'of this experiment, and of all');
  const view = program.command('view').description('filters, orders, columns and groups under a name');
  remote(view.command('save').description('keep what the options say').argument('<name>'))
    .option('-e, --experiment <name>', 'of one experiment; without, of all')
    .option('--filter <filter>', 'as for run list')
    .option('--sort <sort>', 'as for run list')
    .option('--columns <fields>', 'of the dashboard’s table, such as params.lr,metrics.val_loss.min')
    .option('--by <fields>', 'groups of runs with equal fields')
    .option('--values <fields>', 'what a group says the mean of')
    .action(async (name, options) => (await import('./commands/view.ts')).viewSave(name, options));
  one(view.command('list').alias('ls').description('views by name')).action(async (options) =>
    (await import('./commands/view.ts')).viewList(options),
  );
  one(view.command('show').description('what a view says').argument('<view>', 'its name or id')).action(
    async (ref, options) => (await import('./commands/view.ts')).viewShow(ref, options),
  );
  one(
    view.command('delete').alias('rm').description('remove views; their snapshots stay').argument('<view...>'),
  ).action(async (refs, options) => (await import('./commands/view.ts')).viewDelete(refs, options));

  const trash = program.command('trash').description('runs that were removed, for 30 days');
  remote(trash.command('list').alias('ls').description('what is in it'))
    .option('-e, --experiment <name>', 'of one experiment')
    .option('-n, --limit <count>', 'at most so many', whole(1, 1000), 100)
    .action(async (options) => (await import('./commands/run-list.ts')).runList({ ...options, deleted: true }));
  withExperiment(
    remote(trash.command('empty').description('remove all of it for good, or these runs').argument('[run...]')),
  )
    .option('--yes', 'do not ask')
    .action(async (refs, options) => (await import('./commands/trash.ts')).trashEmpty(refs, options));
}
