import colors from 'picocolors';
import { type ExitCode, explain } from './failure.ts';
import { issueLines } from './show-issues.ts';

/** Says what went wrong on standard error, with `json` as one object; answers the exit code. */
export function reportFailure(error: unknown, json: boolean): ExitCode {
  const { exit, ...told } = explain(error);
  if (process.env.TIDEMARK_DEBUG && error instanceof Error) console.error(error);
  if (json) {
    console.error(JSON.stringify({ error: told }));
    return exit;
  }
  const lines = [`${colors.red('✕')} ${told.message}`, ...issueLines(told.details).map((line) => `  ${line}`)];
  if (told.hint) lines.push(`  ${told.hint}`);
  if (told.requestId) lines.push(colors.dim(`  request ${told.requestId}`));
  console.error(lines.join('\n'));
  return exit;
}
