import { basename } from 'node:path';
import { createRun, type Run } from '@tidemark/api/contract/runs';
import { ApiError, type Client, withRetry } from '@tidemark/client';
import { newRunId } from '@tidemark/client/node/run-id';
import { validateConfig } from '@tidemark/training/validate';
import colors from 'picocolors';
import { readConfigFile } from './config-file.ts';
import { EXIT } from './failure.ts';
import { issueLines } from './show-issues.ts';

/** A config that was checked here, where its lines are known. */
export interface RunConfig {
  /** For messages. */
  readonly name: string;
  readonly text: string;
  readonly valid: Extract<ReturnType<typeof validateConfig>, { ok: true }>;
  refuse(issues: Parameters<typeof issueLines>[0]): void;
}

/** Reads and checks a config's file; null when something is wrong with it, which is then said and makes the exit code. */
export function readRunConfig(path: string, sets: readonly string[] | undefined, json: boolean): RunConfig | null {
  const { text, value, lineOf } = readConfigFile(path, sets);
  const name = path === '-' ? 'standard input' : basename(path);
  const refuse = (issues: Parameters<typeof issueLines>[0]) => refused(issues, { name, lineOf }, json);
  const checked = validateConfig(value);
  if (checked.ok) return { name, text, valid: checked, refuse };
  refuse(checked.issues);
  return null;
}

/** Registers it; null when the server refuses it, which is then said. */
export async function registerRun(
  client: Client,
  { text, refuse }: RunConfig,
  { id = newRunId(Date.now(), Math.random), name, experiment }: { id?: string; name?: string; experiment?: string },
): Promise<Run | null> {
  // The id is made here, so that a repeated call registers one run.
  const body = { id, config: text, ...(name ? { name } : {}), ...(experiment ? { experiment } : {}) };
  try {
    return await withRetry(() => client.call(createRun, { body }), {
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      rng: Math.random,
      attempts: 3,
      baseMs: 300,
    });
  } catch (error) {
    // A server of another version may refuse what we let pass; its paths are the file's too.
    if (!(error instanceof ApiError) || error.code !== 'invalid_request' || error.details.length === 0) throw error;
    refuse(
      error.details.map((issue) => ({ ...issue, path: issue.path[0] === 'config' ? issue.path.slice(1) : issue.path })),
    );
    return null;
  }
}

function refused(
  issues: Parameters<typeof issueLines>[0],
  file: Parameters<typeof issueLines>[1] & object,
  json: boolean,
): void {
  if (json) {
    const details = issues.map((issue) => ({ ...issue, line: file.lineOf(issue.path) }));
    console.error(
      JSON.stringify({ error: { code: 'invalid_request', message: `${file.name} is not a valid config.`, details } }),
    );
  } else {
    const count = issues.length === 1 ? 'one thing' : `${issues.length} things`;
    console.error(
      `${colors.red('✕')} ${file.name} is not a valid config; nothing was registered. ${count} to put right:\n`,
    );
    console.error(issueLines(issues, file).join('\n'));
  }
  process.exitCode = EXIT.failed;
}
