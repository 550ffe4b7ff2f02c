import { RunConfig } from '@tidemark/training/config';
import { refusal } from '@tidemark/training/init/describe';
import { matchWeights, type SourceTensor } from '@tidemark/training/init/match';
import { type InitSource, initSource } from '@tidemark/training/init/source';
import { inferShapes, type LayerInfo } from '@tidemark/training/layers/shape';
import { flattenConfig } from '@tidemark/training/params';
import { headIsKnown, modelLayers } from '@tidemark/training/presets/index';
import type { Deps } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';
import { modelFiles } from '../models/files.ts';
import { findVersion } from '../models/find-version.ts';
import { findWeights } from '../weights/find.ts';
import type { CheckedConfig } from './config.ts';

/** Weights that a config's `init` means, as far as the server knows them. */
interface Found {
  digest: string;
  framework: string;
  /** Null where only the worker will see them. */
  tensors: SourceTensor[] | null;
  /** What the name meant, where that may change. */
  from?: string;
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
  const found = await look(deps, source, experiment);
  if (typeof found === 'string') throw refuse(found, 'from', { value: init.from, hint: hintOf(source) });
  if (init.digest !== undefined && init.digest !== found.digest) {
    throw refuse(`${init.from} has the digest ${found.digest} now`, 'digest', { value: init.digest });
  }
  const layers = shapesOf(checked.config);
  if (found.tensors && layers) {
    const reason = refusal(matchWeights(layers, found.framework, found.tensors, init), init.strict);
    if (reason) throw refuse(reason, 'from', { value: init.from });
  }
  const config: RunConfig = {
    ...checked.config,
    init: { ...init, from: found.from ?? init.from, digest: found.digest },
  };
  return { ...checked, config, params: flattenConfig(config) };
}

/** Null where the model's last layer depends on the images. */
function shapesOf(config: RunConfig): LayerInfo[] | null {
  if (!headIsKnown(config)) return null;
  const { image_size: size, color_mode: mode } = config.data;
  return inferShapes(modelLayers(config), [size[0], size[1], mode === 'rgb' ? 3 : 1]).layers;
}

function look(deps: Deps, source: Exclude<InitSource, { kind: 'file' }>, experiment: string): Promise<Found | string> {
  if (source.kind === 'weights') return registered(deps, source.name);
  return source.kind === 'model' ? modelVersion(deps, source) : checkpoint(deps, source, experiment);
}

function hintOf(source: InitSource): string {
  if (source.kind === 'weights') return `Register it: tidemark weights add FILE --name ${source.name}`;
  if (source.kind === 'model') return 'See what is registered with `tidemark model list`.';
  return 'See a run’s checkpoints with `tidemark run show`.';
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
  const tensors = document ? tensorsOf(JSON.parse(document.resolved)) : null;
  return { digest: kept.digest, framework: 'tidemark', tensors };
}

/** What a checkpoint of a run with this config holds. One of an older version may not be known any more: then the worker compares. */
function tensorsOf(resolved: unknown): SourceTensor[] | null {
  const config = RunConfig.safeParse(resolved);
  const layers = config.success ? shapesOf(config.data) : null;
  return layers?.flatMap(({ parameters }) => parameters.map(({ name, shape }) => ({ name, dims: shape }))) ?? null;
}

/** The weights of a registered version; an alias means what it names now. Of several files the one that is a file of weights. */
async function modelVersion(
  deps: Deps,
  { name, version: ref }: Extract<InitSource, { kind: 'model' }>,
): Promise<Found | string> {
  try {
    const { version, config } = await findVersion(deps, name, ref);
    const title = `version ${version.version} of ${name}`;
    if (version.kind === 'external') return `The bytes of ${title} are not stored here, but at ${version.source}.`;
    const { files } = await modelFiles(deps, name, String(version.version), { limit: 1000 });
    const weights = files.length === 1 ? files : files.filter(({ path }) => initSource(path)?.kind === 'file');
    const [only] = weights;
    if (!only || weights.length > 1) {
      const found =
        weights.length === 0 ? 'none that is a file of weights' : weights.map(({ path }) => path).join(', ');
      return `Of the files of ${title} one must hold the weights, but there is ${found}.`;
    }
    return {
      digest: only.digest,
      framework: 'tidemark',
      tensors: version.kind === 'checkpoint' ? tensorsOf(config) : null,
      from: `models:/${name}/${version.version}`,
    };
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') return error.message;
    throw error;
  }
}
