import type { Command } from 'commander';
import { whole } from './whole.ts';

type Extend = (command: Command) => Command;

const version = whole(1, 999_999_999);
const collect = (text: string, before: string[] = []) => [...before, text];
const MODEL_REF = 'NAME@ALIAS, NAME@3, or NAME';

/** `tidemark model …`, `tidemark alert …` and `tidemark dataset diff`; the extensions add options that all commands share. */
export function addRegistry(
  program: Command,
  dataset: Command,
  { remote, withExperiment }: Record<'remote' | 'withExperiment', Extend>,
): void {
  remote(dataset.command('diff').description('what one version has otherwise than another, by path and by content'))
    .argument('<version>', 'NAME@1')
    .argument('<other>', 'NAME@2')
    .option('--all', 'every file')
    .action(async (from, to, options) => (await import('./commands/dataset-diff.ts')).datasetDiff(from, to, options));
  addModels(program, { remote, withExperiment });
  addAlerts(program, { remote, withExperiment });
}

function addModels(program: Command, { remote, withExperiment }: Record<'remote' | 'withExperiment', Extend>): void {
  const model = program.command('model').description('the registry of models: versions, aliases, downloads');
  remote(
    model.command('list').alias('ls').description('models by name').argument('[part]', 'of a name or description'),
  ).action(async (part, options) => (await import('./commands/model-list.ts')).modelList(part, options));
  remote(
    model.command('show').description('a model with its versions, or one version').argument('<model>', MODEL_REF),
  ).action(async (ref, options) => (await import('./commands/model-show.ts')).modelShow(ref, options));
  withExperiment(
    remote(model.command('register').description('the next version of a model, from a run').argument('<name>')),
  )
    .option('--run <run>', 'the run')
    .option('--checkpoint <which>', 'best (the default), latest, or a step')
    .option('--artifact <path>', 'a file or a folder of its artifacts instead')
    .option('--uri <address>', 'bytes that are elsewhere')
    .option('--alias <alias>', 'that names it from now on; repeatable', collect)
    .option('--description <text>', 'Markdown')
    .action(async (name, options) => (await import('./commands/model-register.ts')).modelRegister(name, options));
  remote(model.command('alias').description('make an alias name a version'))
    .argument('<name>')
    .argument('<alias>')
    .argument('[version]', 'its number', version)
    .option('--expected <version>', 'only if it names this version now; 0: none', whole(0, 999_999_999))
    .option('--remove', 'remove the alias')
    .action(async (name, alias, number, options) =>
      (await import('./commands/model-alias.ts')).modelAlias(name, alias, number, options),
    );
  remote(model.command('download').description('the files of a version, checked').argument('<model>', MODEL_REF))
    .option('-o, --output <folder>', 'default NAME-VERSION')
    .action(async (ref, options) => (await import('./commands/model-download.ts')).modelDownload(ref, options));
  remote(model.command('delete').alias('rm').description('a version, or a whole model').argument('<model>', MODEL_REF))
    .option('--aliases', 'aliases that name it go too')
    .action(async (ref, options) => (await import('./commands/model-rm.ts')).modelRm(ref, options));
}

function addAlerts(program: Command, { remote, withExperiment }: Record<'remote' | 'withExperiment', Extend>): void {
  const alert = program.command('alert').description('rules on runs, and where their messages go');
  remote(alert.command('list').alias('ls').description('alerts by name')).action(async (options) =>
    (await import('./commands/alert-list.ts')).alertList(options),
  );
  withExperiment(remote(alert.command('create').description('a rule and an address').argument('<name>')))
    .requiredOption('--when <rule>', '`val_loss > 5`, `nan`, `no progress 30`, `failed`, `finished`, `worker lost`')
    .option('--from-step <step>', 'of a metric: earlier points do not count', whole(0, Number.MAX_SAFE_INTEGER))
    .option('--run <run>', 'of one run only')
    .option('--url <address>', 'where messages go; needs a token of scope admin')
    .option('--webhook <name>', 'a registered address instead')
    .option('--slack', 'with --url: as text that Slack shows')
    .option('--cooldown <minutes>', 'again after so long; without, once a run', whole(1, 43_200))
    .action(async (name, options) => (await import('./commands/alert-create.ts')).alertCreate(name, options));
  remote(alert.command('delete').alias('rm').description('remove alerts').argument('<alert...>')).action(
    async (alerts, options) => (await import('./commands/alert-delete.ts')).alertDelete(alerts, options),
  );
  remote(alert.command('test').description('send a test message now').argument('<alert>')).action(
    async (ref, options) => (await import('./commands/alert-test.ts')).alertTest(ref, options),
  );
  remote(alert.command('deliveries').description('messages and what came of them').argument('[alert]'))
    .option('-n, --limit <count>', 'at most so many', whole(1, 1000), 20)
    .option('--again <message>', 'send this one again')
    .action(async (ref, options) => (await import('./commands/alert-deliveries.ts')).alertDeliveries(ref, options));
  remote(alert.command('replay').description('where it would have fired in past runs').argument('<alert>'))
    .option('--when <rule>', 'another rule in its place')
    .option('-n, --limit <count>', 'of the newest runs', whole(1, 100_000), 100)
    .action(async (ref, options) => (await import('./commands/alert-replay.ts')).alertReplay(ref, options));
}
