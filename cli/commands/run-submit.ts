import { basename } from 'node:path';
import { createRun } from '@tidemark/api/contract/runs';
import { ApiError, withRetry } from '@tidemark/client';
import { newRunId } from '@tidemark/client/node/run-id';
import { costLine, modelCost } from '@tidemark/training/layers/cost';
import { validateConfig } from '@tidemark/training/validate';
import colors from 'picocolors';
import { readConfigFile } from '../config-file.ts';
import { type Connection, connectServer } from '../context.ts';
import { EXIT } from '../failure.ts';
import { issueLines } from '../show-issues.ts';
import { layerTable } from '../terminal/layers.ts';
import { registered } from '../terminal/registered.ts';

interface Options extends Connection {
  set?: string[];
  name?: string;
  experiment?: string;
  watch?: boolean;
  dryRun?: boolean;
}

/** Checks a config here, where its lines are known, and registers it. Nothing is sent while anything is wrong with it. */
export async function runSubmit(path: string, options: Options): Promise<void> {
  const json = options.json ?? false;
  const file = readConfigFile(path, options.set);
  const shown = { name: path === '-' ? 'standard input' : basename(path), lineOf: file.lineOf };
  const checked = validateConfig(file.value);
  if (!checked.ok) {
    refuse(checked.issues, shown, json);
    return;
  }
  const { config } = checked;
  const layers = checked.layers.map(({ name, type, output, parameterCount }) => ({
    name,
    type,
    output: [...output],
    parameters: parameterCount,
  }));
  if (options.dryRun) {
    const cost = modelCost(checked.layers);
    if (json) console.log(JSON.stringify({ ok: true, config, layers, cost }));
    else {
      console.log(layerTable(layers).join('\n'));
      console.log(costLine(cost));
      console.log(
        colors.dim(
          `\n${shown.name} is in order: ${config.epochs} ${config.epochs === 1 ? 'epoch' : 'epochs'}, ${config.optimizer.name}, monitor ${config.checkpoint.monitor}. Nothing was registered.`,
        ),
      );
    }
    return;
  }
  const server = connectServer(options);
  const { client } = server;
  // Made here, so that a repeated call registers one run.
  const id = newRunId(Date.now(), Math.random);
  const body = {
    id,
    config: file.text,
    ...(options.name ? { name: options.name } : {}),
    ...(options.experiment ? { experiment: options.experiment } : {}),
  };
  try {
    const run = await withRetry(() => client.call(createRun, { body }), {
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      rng: Math.random,
      attempts: 3,
      baseMs: 300,
    });
    if (!options.watch || !json) registered(client, run, json);
    if (options.watch) await (await import('./run-watch.ts')).watch(server, run, json);
  } catch (error) {
    // A server of another version may refuse what we let pass; its paths are the file's too.
    if (!(error instanceof ApiError) || error.code !== 'invalid_request' || error.details.length === 0) throw error;
    refuse(
      error.details.map((issue) => ({ ...issue, path: issue.path[0] === 'config' ? issue.path.slice(1) : issue.path })),
      shown,
      json,
    );
  }
}

function refuse(
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
