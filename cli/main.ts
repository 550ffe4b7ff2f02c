import { type Command, CommanderError } from 'commander';
import { EXIT } from './failure.ts';
import { createProgram } from './program.ts';

/** Parses the command line, runs the command, and turns whatever goes wrong into a sentence and an exit code. */
async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  for (const command of everyCommand(program)) command.exitOverride();
  // A pipe that is closed early (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  });
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

await main(process.argv.slice(2));
