import { type Command, CommanderError } from 'commander';
import { EXIT } from './failure.ts';
import { createProgram } from './program.ts';

/** Parses a command line, runs the command, and turns whatever goes wrong into a sentence and this process's exit code. */
export async function runCommand(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  for (const command of everyCommand(program)) command.exitOverride();
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      return;
    }
    const { reportFailure } = await import('./report-failure.ts');
    process.exitCode = reportFailure(error, argv.includes('--json'));
  }
}

function* everyCommand(command: Command): Generator<Command> {
  yield command;
  for (const inner of command.commands) yield* everyCommand(inner);
}
