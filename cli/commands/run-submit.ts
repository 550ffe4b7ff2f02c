import { costLine, modelCost } from '@tidemark/training/layers/cost';
import colors from 'picocolors';
import { type Connection, connectServer } from '../context.ts';
import { type RunConfig, readRunConfig, registerRun } from '../run-config.ts';
import { layerTable } from '../terminal/layers.ts';
import { registered } from '../terminal/registered.ts';

interface Options extends Connection {
  set?: string[];
  name?: string;
  experiment?: string;
  watch?: boolean;
  dryRun?: boolean;
}

/** Checks a config here and registers it. Nothing is sent while anything is wrong with it. */
export async function runSubmit(path: string, options: Options): Promise<void> {
  const json = options.json ?? false;
  const file = readRunConfig(path, options.set, json);
  if (!file) return;
  if (options.dryRun) {
    dryRun(file, json);
    return;
  }
  const server = connectServer(options);
  const run = await registerRun(server.client, file, options);
  if (!run) return;
  if (!options.watch || !json) registered(server.client, run, json);
  if (options.watch) await (await import('./run-watch.ts')).watch(server, run, json);
}

function dryRun({ name, valid: { config, layers: all } }: RunConfig, json: boolean): void {
  const layers = all.map(({ name: layer, type, output, parameterCount }) => ({
    name: layer,
    type,
    output: [...output],
    parameters: parameterCount,
  }));
  const cost = modelCost(all);
  if (json) {
    console.log(JSON.stringify({ ok: true, config, layers, cost }));
    return;
  }
  console.log(layerTable(layers).join('\n'));
  console.log(costLine(cost));
  const epochs = `${config.epochs} ${config.epochs === 1 ? 'epoch' : 'epochs'}`;
  console.log(
    colors.dim(
      `\n${name} is in order: ${epochs}, ${config.optimizer.name}, monitor ${config.checkpoint.monitor}. Nothing was registered.`,
    ),
  );
}
