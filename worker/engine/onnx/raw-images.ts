import type { Graph } from './graph.ts';
import type { PatchLayout } from './patches.ts';
import type { Plan } from './plan.ts';
import { identityColumns } from './strips.ts';
import type { FeatureMap } from './value.ts';

/**
 * Images as the data pipeline gives them, [images, rows, columns, channels], turned into a map in the graph: for devices, which are
 * better at that than this process, and which are working on the step before meanwhile.
 */
export function rawImages(
  g: Graph,
  { input, image }: Pick<Plan, 'input' | 'image'>,
  images: number,
): { value: FeatureMap; layout: PatchLayout } {
  const dims = [images, ...input];
  const [rows = 1, width = 1, channels = 1] = image;
  const all = g.input('image0', dims);
  const isRead = rows === input[0] && width === input[1];
  const t = g.transpose(isRead ? all : g.slices(all, [1, 2], [0, 0], [rows, width], [1, 1]), [1, 2, 0, 3]);
  const whole = { height: 1, width: 1, strides: [1, 1] as const, before: [0, 0] as const, size: channels };
  return {
    value: { kind: 'map', strips: [{ t, rows }], rows, columns: identityColumns(width), channels },
    layout: { ...whole, channels, rows, columns: width, inputs: [{ name: 'image0', dims }], raw: true },
  };
}
