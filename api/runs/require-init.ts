import { RunConfig } from '@tidemark/training/config';
import { refusal } from '@tidemark/training/init/describe';
import { matchWeights, type SourceTensor } from '@tidemark/training/init/match';
import { type InitSource, initSource } from '@tidemark/training/init/source';
import { inferShapes, type LayerInfo } from '@tidemark/training/layers/shape';
import { flattenConfig } from '@tidemark/training/params';
import { headIsKnown, modelLayers } from '@tidemark/training/presets/index';
import { keepBlob } from '../blobs/sweep.ts';
import type { Deps } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';
import { findWeights } from '../weights/find.ts';
import type { CheckedConfig } from './config.ts';

/** Weights that a config's `init` means, as far as the server knows them. */
interface Found {
  digest: string;
  framework: string;
  /** Null where only the worker will see them. */
  tensors: SourceTensor[] | null;
}

/**
 * Finds the weights that a config starts from, and puts their digest into it: whatever happens to the name, the run means these.
 * Weights that do not fit the model are refused here, not on a worker an hour later. A file on a worker's disk is not seen
 * from here. Errors: invalid_request, unavailable.
 */
export async function requireInit(deps: Deps, checked: CheckedConfig, experiment: string): Promise<CheckedConfig> {
  const { init } = checked.config;
  const source = init && initSource(init.from);
  if (!init || !source || source.kind === 'file') return checked;
  const refuse = (message: string, path: string, more: { value?: unknown; hint?: string } = {}) =>
    invalid(['config', 'init', path], `config.init.${path}: ${message}`, more);
  const found =
    source.kind === 'weights' ? await registered(deps, source.name) : await checkpoint(deps, source, experiment);
  if (typeof found === 'string') {
    const hint =
      source.kind === 'weights'
        ? `Register it: tidemark weights add FILE --name ${source.name}`
        : 'See a run’s checkpoints with `tidemark run show`.';
    throw refuse(found, 'from', { value: init.from, hint });
  }
  if (init.digest !== undefined && init.digest !== found.digest) {
    throw refuse(`${init.from} has the digest ${found.digest} now`, 'digest', { value: init.digest });
  }
  // Named by nothing between here and the run's row, the bytes must not be swept meanwhile.
  await keepBlob(deps, found.digest);
  const layers = shapesOf(checked.config);
  if (found.tensors && layers) {
    const reason = refusal(matchWeights(layers, found.framework, found.tensors, init), init.strict);
    if (reason) throw refuse(reason, 'from', { value: init.from });
  }
  const config: RunConfig = { ...checked.config, init: { ...init, digest: found.digest } };
  return { ...checked, config, params: flattenConfig(config) };
}

/** Null where the model's last layer depends on the images. */
function shapesOf(config: RunConfig): LayerInfo[] | null {
  if (!headIsKnown(config)) return null;
  const { image_size: size, color_mode: mode } = config.data;
  return inferShapes(modelLayers(config), [size[0], size[1], mode === 'rgb' ? 3 : 1]).layers;
}

async function registered(deps: Deps, name: string): Promise<Found | string> {
  try {
    const { digest, framework, shapes } = await findWeights(deps, name);
    return { digest, framework, tensors: shapes.map(([tensor, dims]) => ({ name: tensor, dims })) };
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') return error.message;
    throw error;
  }
}

type RunRow = { id: string; title: string };

async function checkpoint(
  deps: Deps,
  { run, which }: Extract<InitSource, { kind: 'checkpoint' }>,
  experiment: string,
): Promise<Found | string> {
  const [, owner = '', ordinal] = /^(.*)#(\d+)$/.exec(run) ?? [];
  const title = `experiments.name || '#' || runs.ordinal`;
  const rows =
    ordinal === undefined
      ? await deps.db.all<RunRow>(
          `SELECT runs.id, ${title} AS title FROM runs JOIN experiments ON experiments.id = runs.experiment_id
           WHERE runs.deleted_at IS NULL AND substr(runs.id, ?) = ? LIMIT 2`,
          [-run.length, run],
        )
      : await deps.db.all<RunRow>(
          `SELECT runs.id, ${title} AS title FROM runs JOIN experiments ON experiments.id = runs.experiment_id
           WHERE runs.deleted_at IS NULL AND runs.ordinal = ? AND (experiments.name = ? OR experiments.slug = ?) LIMIT 2`,
          [Number(ordinal), owner || experiment, owner || experiment],
        );
  const [only] = rows;
  if (!only) return `There is no run ${ordinal !== undefined && owner === '' ? `${run} in ${experiment}` : run}.`;
  if (rows.length > 1) return `${run} could be ${rows.map((row) => row.title).join(' or ')}.`;
  const [condition, params]: [string, number[]] =
    typeof which === 'object' ? ['step = ?', [which.step]] : [`${which} = 1`, []];
  const [kept] = await deps.db.all<{ digest: string }>(
    `SELECT digest FROM checkpoints WHERE run = ? AND ${condition} ORDER BY step DESC, attempt DESC LIMIT 1`,
    [only.id, ...params],
  );
  if (!kept) {
    const name = typeof which === 'object' ? `checkpoint of step ${which.step}` : `${which} checkpoint`;
    return `The run ${only.title} has no ${name}.`;
  }
  const [document] = await deps.db.all<{ resolved: string }>('SELECT resolved FROM run_documents WHERE run = ?', [
    only.id,
  ]);
  // The config of an older version may be one that is not known any more: then the worker compares.
  const config = document ? RunConfig.safeParse(JSON.parse(document.resolved)) : null;
  const layers = config?.success ? shapesOf(config.data) : null;
  const tensors = layers?.flatMap(({ parameters }) => parameters.map(({ name, shape }) => ({ name, dims: shape })));
  return { digest: kept.digest, framework: 'tidemark', tensors: tensors ?? null };
}
