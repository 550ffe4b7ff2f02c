import { EXIT } from './failure.ts';
import { runCommand } from './run-command.ts';

// A pipe that is closed early (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});
await runCommand(process.argv.slice(2));
