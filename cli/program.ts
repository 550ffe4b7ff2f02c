import { Command, InvalidArgumentError, Option } from 'commander';
import { addAccess } from './access.ts';
import manifest from './package.json' with { type: 'json' };
import { addArtifact } from './program-artifact.ts';
import { addExec } from './program-exec.ts';
import { addRegistry } from './program-registry.ts';
import { addNotes, addViews } from './program-views.ts';
import { REF_HELP } from './ref-help.ts';
import { whole } from './whole.ts';

// Options and help of every command. What a command does is imported when it runs, so that `tidemark --help` and a typo stay fast.

const EPILOGUE = `
Server and token: --api and --token, else TIDEMARK_URL and TIDEMARK_TOKEN, else ./data/server.json, which \`tidemark serve\` writes.
Exit codes: 0 done · 1 refused or failed · 2 wrong usage · 3 not found · 4 server away · 130 interrupted`;

const positive = (text: string) => {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('A number above 0.');
  return value;
};
const numbers = (text: string) => {
  const values = text.split(',').map(Number);
  if (text.trim() === '' || !values.every(Number.isFinite)) {
    throw new InvalidArgumentError('Numbers with commas between them.');
  }
  return values;
};
const collect = (text: string, before: string[] = []) => [...before, text];

/** A command that talks to a server. */
function remote(command: Command): Command {
  return command
    .option('--api <url>', 'the server')
    .option('--token <token>', 'its token')
    .option('--project <slug>', 'a project other than `default`')
    .option('--json', 'print JSON: one object, or one a line');
}
const withExperiment = (command: Command) =>
  command.option('-e, --experiment <name>', 'the experiment that a bare #17 is in');

export function createProgram(): Command {
  const program = new Command('tidemark')
    .description('An experiment tracker that costs nothing while idle, with workers that train.')
    .version(manifest.version)
    .showHelpAfterError('Add --help to see how it is used.')
    .addHelpText('after', EPILOGUE)
    .configureHelp({ sortSubcommands: false });

  program
    .command('serve')
    .description('start the API and the dashboard on this machine')
    .option('--port <port>', 'default 8787 (TIDEMARK_PORT)', whole(0, 65535))
    .option('--host <host>', 'default 127.0.0.1 (TIDEMARK_HOST)')
    .option('--data-dir <folder>', 'databases, artifacts, server.json; default ./data (TIDEMARK_DATA_DIR)')
    .option('--db <url>', 'each project’s database, file:… or libsql://…, with {project} in it (TIDEMARK_DB)')
    .option('--db-token <token>', 'for libsql:// (TIDEMARK_DB_TOKEN)')
    .option('--artifacts <folder>', 'default {data}/artifacts (TIDEMARK_ARTIFACTS)')
    .option('--url <url>', 'the address people use, behind a proxy (TIDEMARK_URL)')
    .option('--admin-token <token>', 'an admin token known beforehand (TIDEMARK_ADMIN_TOKEN)')
    .option('--private-webhooks <true|false>', 'alerts may send into this network too (TIDEMARK_PRIVATE_WEBHOOKS)')
    .option('--idle-minutes <minutes>', 'close a project that nobody uses; default 15 (TIDEMARK_IDLE_MINUTES)')
    .option('--rate-limit <requests>', 'a second, of one token, or off; default 500 (TIDEMARK_RATE_LIMIT)')
    .option('--log <json|text>', 'how lines on standard error look; default json (TIDEMARK_LOG)')
    .option('--log-level <level>', 'error, warn, info or debug; default warn (TIDEMARK_LOG_LEVEL)')
    .option('--demo', 'also a worker, and two short runs for it on 2,500 small pictures')
    .option('--worker', 'also a worker, in a process of its own')
    .option('--no-worker', 'with --demo: no worker')
    .option('--json', 'print one JSON object when it answers')
    .addOption(new Option('--dev').hideHelp())
    .action(async (options) => (await import('./commands/serve.ts')).serve(options));

  trains(program.command('worker').description('take queued runs and train them, on this machine'))
    .option('--api <url>', 'the server (TIDEMARK_URL)')
    .option('--token <token>', 'a token of scope worker (TIDEMARK_TOKEN)')
    .option('--project <slug>', 'a project other than `default`')
    .option('--name <name>', 'how it appears in the dashboard; default the host’s name')
    .option('--label <label>', 'a label that runs may require; repeatable', collect)
    .option('--slots <count>', 'runs at a time; default 1, or one for each GPU that CUDA has', whole(1, 64))
    .option('--data-dir <folder>', 'spool, checkpoints and cached images; default ./data (TIDEMARK_DATA_DIR)')
    .option('--once', 'end when the queue is empty')
    .option('--json', 'print JSON lines')
    .action(async (options) => (await import('./commands/worker.ts')).worker(options));

  addRun(program);
  addViews(program, { remote, withExperiment });
  addExec(program, remote);
  addArtifact(program, { remote, withExperiment });

  const dataset = program.command('dataset').description('image folders that workers fetch by their content');
  remote(
    dataset
      .command('add')
      .description('register a folder of class folders; sends only what the server lacks')
      .argument('<name>')
      .argument('<folder>'),
  ).action(async (name, folder, options) =>
    (await import('./commands/dataset-add.ts')).datasetAdd(name, folder, options),
  );
  remote(dataset.command('list').alias('ls').description('datasets, newest version first').argument('[name]')).action(
    async (name, options) => (await import('./commands/dataset-list.ts')).datasetList(name, options),
  );

  remote(
    program
      .command('sync')
      .description('send what scripts and `run local` kept on this disk')
      .argument('[folder]', 'default ~/.tidemark/spool (TIDEMARK_SPOOL_DIR)')
      .option('--watch', 'go on sending what comes, until Ctrl-C'),
  ).action(async (folder, options) => (await import('./commands/sync.ts')).sync(folder, options));

  addArchive(program);
  addBackup(program);
  addRegistry(program, dataset, { remote, withExperiment });
  addWeights(program);
  addAugment(program);

  addAccess(program, remote);

  const token = program.command('token').description('who may do what (needs a token of scope admin)');
  remote(token.command('create').description('make a token; its secret is printed once').argument('<name>'))
    .addOption(
      new Option('--scope <scope>', 'what it may do').choices(['read', 'write', 'worker', 'admin']).default('write'),
    )
    .option('--expires <days>', 'days until it ends', positive)
    .option('--experiment <id>', 'it sees and changes nothing but this experiment; repeatable', collect)
    .option('--rate <requests>', 'requests a second that it may make', whole(1, 100_000))
    .action(async (name, options) => (await import('./commands/token.ts')).tokenCreate(name, options));
  remote(token.command('list').alias('ls').description('tokens, without their secrets')).action(async (options) =>
    (await import('./commands/token.ts')).tokenList(options),
  );
  remote(
    token.command('revoke').description('refuse a token from now on').argument('<id>', 'from `token list`', whole(1)),
  ).action(async (id, options) => (await import('./commands/token.ts')).tokenRevoke(id, options));

  remote(program.command('doctor').description('what is there, what is missing, and the command that brings it'))
    .option('--data-dir <folder>', 'default ./data (TIDEMARK_DATA_DIR)')
    .option('--check', 'verify the databases of the data folder and their blobs')
    .option('--repair', 'with --check: repair what can be; the server must be stopped')
    .option('--quick', 'with --check: blobs by their size only')
    .action(async (options) =>
      options.check || options.repair
        ? (await import('./commands/doctor-check.ts')).doctorCheck(options)
        : (await import('./commands/doctor.ts')).doctor(options),
    );
  return program;
}

/** A command in which training happens. */
const trains = (command: Command) =>
  command
    .addOption(new Option('--engine <engine>', 'what trains').choices(['onnx', 'tfjs']))
    .addOption(new Option('--device <device>', 'where').choices(['auto', 'cpu', 'webgpu', 'cuda']))
    .option('--data-root <folder>', 'the only folders that a config’s data.path may name; repeatable', collect)
    .option('--threads <count>', 'of a training step; default all cores', whole(1, 1024))
    .option('--no-environment', 'runs do not record this machine, the command, packages and commit')
    .option('--no-system', 'runs do not have this machine’s figures as system/…');

/** A command that works on a server's data folder, without the server. */
const local = (command: Command) =>
  command
    .option('--data-dir <folder>', 'default ./data (TIDEMARK_DATA_DIR)')
    .option('--db <url>', 'as for serve (TIDEMARK_DB)')
    .option('--artifacts <folder>', 'as for serve (TIDEMARK_ARTIFACTS)')
    .option('--json', 'print one JSON object');

function addBackup(program: Command): void {
  local(
    program
      .command('backup')
      .description('copy all projects of a data folder, while its server goes on')
      .argument('<folder>', 'where backups are kept; one after the other copies only what is new'),
  ).action(async (folder, options) => (await import('./commands/backup.ts')).makeBackup(folder, options));
  local(
    program
      .command('restore')
      .description('put a backup into a data folder that has none yet')
      .argument('<folder>', 'where backups are kept')
      .option('--at <snapshot>', 'a name in its folder `snapshots`; default the newest'),
  ).action(async (folder, options) => (await import('./commands/restore.ts')).restoreBackup(folder, options));
}

function addArchive(program: Command): void {
  const out = (command: Command) => remote(command).requiredOption('-o, --output <file>', 'the archive');
  const exported = program.command('export').description('runs, an experiment or a project as one file');
  withExperiment(out(exported.command('run').description('some runs').argument('<run...>'))).action(
    async (refs, options) => (await import('./commands/export.ts')).exportRuns(refs, options),
  );
  out(exported.command('experiment').description('an experiment with its runs').argument('<name>')).action(
    async (name, options) => (await import('./commands/export.ts')).exportExperiment(name, options),
  );
  out(exported.command('project').description('everything, but who may do what')).action(async (options) =>
    (await import('./commands/export.ts')).exportProject(options),
  );
  remote(program.command('import').description('take an archive in').argument('<file>'))
    .addOption(
      new Option('--as <ids>', 'runs keep their ids, or get new ones').choices(['same', 'new']).default('same'),
    )
    .action(async (file, options) => (await import('./commands/import.ts')).importArchive(file, options));
}

function addWeights(program: Command): void {
  const weights = program.command('weights').description('trained weights that runs may start from');
  remote(
    weights
      .command('add')
      .description('read a file of weights, or one at an address, and register it')
      .argument(
        '<file>',
        '.safetensors, .onnx, .pt, .pth, .h5, .keras, model.json, a zip or wheel with one of them; or https://…',
      )
      .requiredOption('--name <name>', 'what configs call them')
      .option('--license <licence>', 'such as Apache-2.0')
      .option(
        '--mean <numbers>',
        'of pixels 0–255, as the model expects them: one, or one a channel: 127,127,127',
        numbers,
      )
      .option('--std <numbers>', 'what they are divided by', numbers)
      .option('--sha256 <digest>', 'what the file must be; needed for an address'),
  ).action(async (file, options) => (await import('./commands/weights-add.ts')).weightsAdd(file, options));
  remote(weights.command('list').alias('ls').description('registered weights, and where others come from')).action(
    async (options) => (await import('./commands/weights-list.ts')).weightsList(options),
  );
  remote(weights.command('show').description('one entry with its tensors').argument('<name>')).action(
    async (name, options) => (await import('./commands/weights-show.ts')).weightsShow(name, options),
  );
  remote(
    weights.command('rm').description('remove entries; runs that started from them keep them').argument('<name...>'),
  ).action(async (names, options) => (await import('./commands/weights-rm.ts')).weightsRm(names, options));
}

function addAugment(program: Command): void {
  program
    .command('augment')
    .description('what augmentation does to an image')
    .command('preview')
    .description('draw it: a row for each operation that is switched on, and one for all together')
    .argument('<image...>', 'the image; more are what mixup and cutmix mix it with')
    .requiredOption('--out <file>', 'the picture, a PNG')
    .option('--config <file>', 'a run’s config; its augmentation, image_size, color_mode and seed count')
    .option('--set <path=value>', 'change a value: --set augmentation.rotation_range=40; repeatable', collect)
    .option('--draws <count>', 'of each row', whole(1, 50), 6)
    .option('--seed <seed>', 'default the config’s', whole(0, 2 ** 32 - 1))
    .option('--json', 'print one JSON object: what was drawn, in words')
    .action(async (images, options) => (await import('./commands/augment-preview.ts')).augmentPreview(images, options));
}

function addRun(program: Command): void {
  const run = program
    .command('run')
    .description('register, list, watch and cancel runs')
    .addHelpText('after', `\n${REF_HELP}`);

  remote(
    run
      .command('submit')
      .description('register a config; a worker takes it')
      .argument('<file>', 'YAML or JSON; - reads standard input'),
  )
    .option('--set <path=value>', 'change a value: --set optimizer.learning_rate=1e-4; repeatable', collect)
    .option('--name <name>', 'the run’s name')
    .option('-e, --experiment <name>', 'the experiment')
    .option('--watch', 'then watch it')
    .option('--dry-run', 'check it and print the model; register nothing')
    .addHelpText(
      'after',
      '\nA relative data.path means the file’s folder when it exists there; otherwise it is left as it is, for the worker’s disk.',
    )
    .action(async (file, options) => (await import('./commands/run-submit.ts')).runSubmit(file, options));
  trains(
    run
      .command('local')
      .description('train a config here and now, without any server; `tidemark sync` sends the run later')
      .argument('[file]', 'YAML or JSON; - reads standard input'),
  )
    .option('--set <path=value>', 'change a value; repeatable', collect)
    .option('--name <name>', 'the run’s name')
    .option('-e, --experiment <name>', 'the experiment')
    .option('--resume <run>', 'instead of a file: go on with a run that was stopped')
    .option('--json', 'print JSON lines')
    .action(async (file, options) => (await import('./commands/run-local.ts')).runLocal(file, options));
  remote(run.command('list').alias('ls').description('runs, newest first'))
    .option('-e, --experiment <name>', 'of one experiment')
    .addOption(
      new Option('--status <status>', 'in one state').choices([
        'queued',
        'running',
        'cancelling',
        'finished',
        'pruned',
        'failed',
        'cancelled',
      ]),
    )
    .option('--deleted', 'in the trash')
    .option('--filter <filter>', 'such as `metrics.val_loss.min < 0.5 and params.epochs = 30`')
    .option(
      '--sort <sort>',
      'such as -metrics.val_accuracy.max,created; of groups runs, or a field of --by or --values',
    )
    .option('--by <fields>', 'groups of runs with equal fields, such as params.model,params.optimizer.name')
    .addOption(new Option('--group <what>', 'groups of runs that are equal but for their seeds').choices(['seeds']))
    .option('--view <view>', 'as a saved view says, by its name or id; --filter and --status narrow it')
    .option('--values <fields>', 'what a group says the mean and 95 % interval of, such as metrics.val_accuracy.max')
    .option('-n, --limit <count>', 'at most so many', whole(1, 1000), 20)
    .action(async (options) => (await import('./commands/run-list.ts')).runList(options));
  withExperiment(remote(run.command('show').description('one run, whole').argument('<run>'))).action(
    async (ref, options) => (await import('./commands/run-show.ts')).runShow(ref, options),
  );
  withExperiment(
    remote(run.command('watch').description('draw its curves here until it ends').argument('<run>')),
  ).action(async (ref, options) => (await import('./commands/run-watch.ts')).runWatch(ref, options));
  withExperiment(
    remote(run.command('cancel').description('stop it; its checkpoints stay').argument('<run...>')),
  ).action(async (refs, options) => (await import('./commands/run-cancel.ts')).runCancel(refs, options));
  withExperiment(remote(run.command('clone').description('register a new run with the same config').argument('<run>')))
    .option('--name <name>', 'the new run’s name')
    .option('--watch', 'then watch it')
    .action(async (ref, options) => (await import('./commands/run-clone.ts')).runClone(ref, options));
  withExperiment(
    remote(run.command('rm').description('move it to the trash, for 30 days').argument('<run...>')),
  ).action(async (refs, options) => (await import('./commands/run-rm.ts')).runRm(refs, options));
  withExperiment(remote(run.command('console').description('what it printed').argument('<run>')))
    .option('-f, --follow', 'go on until the run ends')
    .option('-n, --lines <count>', 'only the last so many', whole(1, 5000))
    .option('--search <text>', 'only lines that contain it')
    .addOption(new Option('--stream <stream>', 'only one of them').choices(['stdout', 'stderr', 'log']))
    .action(async (ref, options) => (await import('./commands/run-console.ts')).runConsole(ref, options));
  withExperiment(remote(run.command('restore').description('take it out of the trash').argument('<run...>'))).action(
    async (refs, options) => (await import('./commands/run-restore.ts')).runRestore(refs, options),
  );
  addNotes(run, { remote, withExperiment });
  remote(run.command('sync', { hidden: true }).argument('[folder]')).action(async (folder, options) =>
    (await import('./commands/sync.ts')).sync(folder, options),
  );
}
