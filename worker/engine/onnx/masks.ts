import { fillMask, keeps } from '../dropout-mask.ts';
import type { MaskInput } from './net.ts';

/**
 * Fills a mask in its graph's layout and extent, drawn as for the layer's whole output. `first`: the place of the graph's
 * first image in its batch.
 */
export function fillMaskInput(
  out: Float32Array,
  key: number,
  images: number,
  first: number,
  { rate, full, used }: MaskInput,
): void {
  if (used.length === 1) {
    fillMask(out, key, rate, first * used[0]!);
    return;
  }
  const [height = 1, width = 1, channels = 1] = full;
  const kept = 1 / (1 - rate);
  let at = 0;
  for (let i = 0; i < used[0]!; i++) {
    for (let j = 0; j < used[1]!; j++) {
      for (let n = 0; n < images; n++) {
        const from = (((first + n) * height + i) * width + j) * channels;
        for (let c = 0; c < channels; c++) out[at++] = keeps(key, from + c, rate) ? kept : 0;
      }
    }
  }
}
