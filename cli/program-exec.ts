import type { Command } from 'commander';

const collect = (text: string, before: string[] = []) => [...before, text];

/** `tidemark exec -- COMMAND`; `remote` adds the options that all commands share. */
export function addExec(program: Command, remote: (command: Command) => Command): void {
  remote(
    program
      .command('exec')
      .description('run any program as a run: its console, machine, commit and exit code')
      .argument('<command...>', 'after --, so that its options stay its own'),
  )
    .option('-e, --experiment <name>', 'default `default`')
    .option('--name <name>', 'the run’s name')
    .option('--note <markdown>', 'a note')
    .option('--param <key=value>', 'a param; repeatable', collect)
    .option('--tag <key=value>', 'a tag; repeatable', collect)
    .addHelpText('after', '\nExample: tidemark exec -e cats --param lr=0.1 -- python train.py --lr 0.1')
    .action(async (command, options) => (await import('./commands/exec.ts')).exec(command, options));
}
