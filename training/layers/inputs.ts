import { nearest } from '../nearest.ts';
import { IMAGE } from './arguments.ts';
import { layerNames } from './names.ts';
import type { ShapeProblem } from './problem.ts';
import type { LayerSpec } from './spec.ts';

/** What stands for the image among a layer's inputs. */
export const FROM_IMAGE = -1;

/** Layers that join several inputs; every other one reads exactly one. */
export const joins = (type: LayerSpec['type']): boolean =>
  type === 'Add' || type === 'Multiply' || type === 'Concatenate';

export interface ResolvedInputs {
  /** Per layer, the layers that it reads, by index; `FROM_IMAGE` for the image. */
  inputs: number[][];
  problem: ShapeProblem | null;
}

const listed = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

function problemOf(
  name: string,
  index: number,
  layers: readonly LayerSpec[],
  names: readonly string[],
): Omit<ShapeProblem, 'index' | 'key'> {
  const at = names.indexOf(name);
  if (at === index) return { message: `\`${name}\` reads itself`, hint: 'Name an earlier layer.' };
  if (at > index) {
    return {
      message: `\`${name}\` is layer ${at}, which comes later`,
      hint: 'Move it above: a layer reads earlier ones only, so that no circle can arise.',
    };
  }
  const known = [IMAGE, ...names.slice(0, index)];
  const meant = nearest(name, known);
  const unnamed = layers.slice(0, index).some((layer) => layer.name === undefined);
  const most = known.length > 8 ? `${listed(known.slice(-8))} or an earlier one` : listed(known);
  return {
    message: `There is no layer \`${name}\` before it`,
    hint:
      meant === undefined
        ? `Known here: ${most}.${unnamed ? ' Give a layer a `name` to refer to it.' : ''}`
        : `Did you mean \`${meant}\`?`,
  };
}

/**
 * Names in `inputs` as indices. A layer without `inputs` reads the one before it. The problem is the first input that is
 * no earlier layer, a wrong number of inputs, or a layer that nothing reads though it is not the last.
 */
export function resolveInputs(layers: readonly LayerSpec[]): ResolvedInputs {
  const names = layerNames(layers);
  const inputs: number[][] = [];
  for (const [index, layer] of layers.entries()) {
    const named = layer.inputs === undefined ? null : [layer.inputs].flat();
    const own: number[] = [];
    for (const name of named ?? []) {
      const from = name === IMAGE ? FROM_IMAGE : names.lastIndexOf(name, index - 1);
      // lastIndexOf counts a negative start from the end, so the first layer looks nowhere.
      if (name !== IMAGE && (from < 0 || index === 0)) {
        return { inputs, problem: { index, key: 'inputs', ...problemOf(name, index, layers, names) } };
      }
      own.push(from);
    }
    if (!named) own.push(index - 1);
    if (joins(layer.type) && own.length < 2) {
      const message = `${layer.type} joins two or more layers, but reads ${named ? `only \`${named[0]}\`` : 'only the one before it'}`;
      return { inputs, problem: { index, key: 'inputs', message, hint: 'Name them: `inputs: [one, other]`.' } };
    }
    if (!joins(layer.type) && own.length > 1) {
      const message = `${layer.type} reads one layer, but \`inputs\` names ${own.length}`;
      return {
        inputs,
        problem: { index, key: 'inputs', message, hint: 'Join them with Add, Multiply or Concatenate.' },
      };
    }
    inputs.push(own);
  }
  const read = new Set(inputs.flat());
  const unread = layers.findIndex((_, i) => i < layers.length - 1 && !read.has(i));
  if (unread < 0) return { inputs, problem: null };
  return {
    inputs,
    problem: {
      index: unread,
      key: 'name',
      message: `Nothing reads \`${names[unread]}\`, and a model has one output, its last layer`,
      hint: 'Remove it, or name it in the `inputs` of a later layer.',
    },
  };
}
