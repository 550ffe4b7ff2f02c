import type { RunConfig } from '../config.ts';
import type { ConfigIssue } from '../issues.ts';
import type { LayerInfo } from '../layers/shape.ts';
import { sizeOf } from '../layers/shape.ts';

/** Weights and optimizer state must fit a worker's memory many times over. */
const MOST_PARAMETERS = 2 ** 31;
/** Numbers that one batch's activations hold, forward only: 32 GiB of float32. */
const MOST_ACTIVATIONS = 2 ** 33;

export function sizeIsSane(config: RunConfig, infos: readonly LayerInfo[]): ConfigIssue[] {
  const parameters = infos.reduce((sum, layer) => sum + layer.parameterCount, 0);
  const activations = infos.reduce((sum, layer) => sum + sizeOf(layer.output), 0) * config.data.batch_size;
  const issues: ConfigIssue[] = [];
  if (parameters > MOST_PARAMETERS) {
    issues.push({
      path: ['model'],
      message: `The model has ${parameters.toExponential(1)} parameters`,
      value: parameters,
      allowed: `at most ${MOST_PARAMETERS}`,
    });
  }
  if (activations > MOST_ACTIVATIONS) {
    const bytes = `${((activations * 4) / 2 ** 30).toFixed(0)} GiB`;
    issues.push({
      path: ['data', 'batch_size'],
      message: `One batch's activations take ${bytes}`,
      value: config.data.batch_size,
      allowed: 'at most 32 GiB',
      hint: 'Use a smaller batch or smaller images.',
    });
  }
  return issues;
}
