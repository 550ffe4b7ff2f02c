import type { Command } from 'commander';
import { REF_HELP } from './ref-help.ts';
import { whole } from './whole.ts';

type Extend = (command: Command) => Command;

const lanes = whole(1, 32);

/** `tidemark artifact …`; `remote` and `withExperiment` add the options that all commands share. */
export function addArtifact(program: Command, { remote, withExperiment }: Record<'remote' | 'withExperiment', Extend>) {
  const artifact = program.command('artifact').description('files of runs');
  const add = (name: string, description: string): Command =>
    withExperiment(remote(artifact.command(name).description(description)))
      .argument('<run>', 'see below')
      .addHelpText('after', `\n${REF_HELP}`);
  add('upload', 'store files and folders; goes on where it was cut off, and sends nothing that the server has')
    .argument('<path...>', 'files, or folders with all below them')
    .option('--to <folder>', 'a folder in the run')
    .option('--parallel <count>', 'files at a time; default 4', lanes)
    .action(async (run, paths, options) =>
      (await import('./commands/artifact-upload.ts')).artifactUpload(run, paths, options),
    );
  add('download', 'fetch files and folders; goes on where it was cut off, and checks what came')
    .argument('[path...]', 'artifacts, or folders of them; none: all')
    .option('-o, --out <folder>', 'where to; default here')
    .option('--parallel <count>', 'files at a time; default 4', lanes)
    .action(async (run, paths, options) =>
      (await import('./commands/artifact-download.ts')).artifactDownload(run, paths, options),
    );
  add('list', 'a run’s artifacts')
    .alias('ls')
    .argument('[prefix]', 'only those that begin so')
    .action(async (run, prefix, options) =>
      (await import('./commands/artifact-list.ts')).artifactList(run, prefix, options),
    );
  add('delete', 'remove artifacts')
    .alias('rm')
    .argument('<path...>')
    .option('-r, --recursive', 'also all below a folder')
    .action(async (run, paths, options) =>
      (await import('./commands/artifact-delete.ts')).artifactDelete(run, paths, options),
    );
}
