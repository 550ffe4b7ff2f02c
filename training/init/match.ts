import type { InitConfig } from '../config/init.ts';
import { globCaptures, selects } from '../glob.ts';
import { FROM_IMAGE } from '../layers/inputs.ts';
import type { LayerInfo, Shape } from '../layers/shape.ts';
import { BUILT_IN_NAMES } from './built-in-names.ts';
import { type FlattenedMap, type Layout, layoutFor, withMultiplier } from './layout.ts';

export interface SourceTensor {
  name: string;
  dims: readonly number[];
}

/** One weight of the model and the tensor that it starts from. */
export interface Match {
  parameter: string;
  source: string;
  layout: Layout;
}

export interface Matching {
  matches: Match[];
  /** Weights of the model for which the source has nothing, and the names that were looked for. */
  missing: { parameter: string; shape: Shape; sought: string[] }[];
  /** Pairs of one name and two shapes; the source's is in Keras's order of axes. */
  misfits: { parameter: string; shape: Shape; source: string; dims: readonly number[] }[];
  /** Tensors of the source that no weight of the model took. */
  unused: SourceTensor[];
}

const TORCH_PARTS: Record<string, string> = {
  kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};
/** Names that other versions of Keras give a part. */
const KERAS_PARTS: Record<string, string[]> = { kernel: ['depthwise_kernel'] };

/** `*`s of a template filled in order with what the pattern's stood for. */
function filled(template: string, captured: readonly string[]): string {
  let next = 0;
  return template.replaceAll(/[*?]/g, () => captured[next++] ?? '');
}

function mapped(map: Readonly<Record<string, string>>, name: string): string[] {
  return Object.entries(map).flatMap(([pattern, template]) => {
    const captured = globCaptures(pattern, name);
    return captured ? [filled(template, captured)] : [];
  });
}

/** What a weight may be called in a source, likeliest first. */
function candidates(layer: string, part: string, place: number, nameMap: Readonly<Record<string, string>>): string[] {
  const whole = mapped(nameMap, `${layer}/${part}`);
  const bases = [...new Set([...mapped(nameMap, layer), ...mapped(BUILT_IN_NAMES, layer), layer])];
  const torch = TORCH_PARTS[part];
  const ofLayer = bases.flatMap((base) => [
    `${base}/${part}`,
    ...(KERAS_PARTS[part] ?? []).map((other) => `${base}/${other}`),
    ...(torch ? [`${base}.${torch}`] : []),
    // Keras 3's files number a layer's weights in the order in which it made them.
    `${base}/${place}`,
  ]);
  return [...new Set([...whole, ...ofLayer])];
}

/** Keras's names have slashes, PyTorch's dots; an ONNX file has the names of whoever wrote it, and always ONNX's kernels. */
function styleOf(framework: string, name: string): 'torch' | 'onnx' | 'keras' {
  if (framework === 'pytorch') return 'torch';
  if (framework === 'onnx') return /\.(weight|bias|running_mean|running_var)$/.test(name) ? 'torch' : 'onnx';
  return 'keras';
}

/** ONNX's reader has turned matrices to [in, out] already: only their inputs' order can still be PyTorch's. */
function layoutOf(
  framework: string,
  name: string,
  info: LayerInfo,
  part: string,
  dims: readonly number[],
  map: FlattenedMap,
) {
  const style = styleOf(framework, name);
  if (framework !== 'onnx' || style !== 'torch' || part !== 'kernel' || dims.length !== 2) {
    return layoutFor(style, info.type, part, dims, map);
  }
  if (!map) return layoutFor('keras', info.type, part, dims, map);
  const [rows, columns, channels] = map;
  const [inputs = 0, outputs = 0] = dims;
  if (rows * columns * channels !== inputs) return layoutFor('keras', info.type, part, dims, map);
  return { reshape: [channels, rows, columns, outputs], axes: [1, 2, 0, 3], shape: [inputs, outputs] };
}

/** The map that a Dense layer reads flattened, through layers that move nothing. */
function flattenedBefore(layers: readonly LayerInfo[], info: LayerInfo): FlattenedMap {
  for (let at: LayerInfo | undefined = info; at; ) {
    const from: number = at.from[0] ?? FROM_IMAGE;
    if (from === FROM_IMAGE) return null;
    at = layers[from];
    if (at?.type === 'Flatten') {
      const [rows = 0, columns = 0, channels = 0] = at.input;
      return at.input.length === 3 && rows * columns > 1 ? [rows, columns, channels] : null;
    }
    if (at && !['Dropout', 'Activation', 'BatchNormalization'].includes(at.type)) return null;
  }
  return null;
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

/**
 * Finds for each weight of a model the tensor of a source that it starts from, by name and shape.
 * @param framework whose names and orders of axes the source has
 */
export function matchWeights(
  layers: readonly LayerInfo[],
  framework: string,
  source: readonly SourceTensor[],
  { name_map = {}, include, exclude = [] }: Pick<InitConfig, 'name_map' | 'include' | 'exclude'>,
): Matching {
  const tensors = new Map(source.map((tensor) => [tensor.name, tensor]));
  const out: Matching = { matches: [], missing: [], misfits: [], unused: [] };
  const taken = new Set<string>();
  for (const info of layers) {
    const wanted = (!include || selects(include, info.name)) && !selects(exclude, info.name);
    const map = info.type === 'Dense' ? flattenedBefore(layers, info) : null;
    for (const [place, { name: parameter, shape }] of info.parameters.entries()) {
      const part = parameter.slice(info.name.length + 1);
      const sought = candidates(info.name, part, place, name_map);
      const found = sought.map((name) => tensors.get(name)).find((tensor) => tensor && !selects(exclude, tensor.name));
      if (found) taken.add(found.name);
      if (!wanted) continue;
      if (!found) {
        out.missing.push({ parameter, shape, sought });
        continue;
      }
      const layout = withMultiplier(layoutOf(framework, found.name, info, part, found.dims, map), shape);
      if (same(layout.shape, shape)) out.matches.push({ parameter, source: found.name, layout });
      else out.misfits.push({ parameter, shape, source: found.name, dims: layout.shape });
    }
  }
  if (!include) {
    out.unused = source.filter(({ name }) => !taken.has(name) && !selects(exclude, name));
  }
  return out;
}
