import type { AugmentationConfig } from '../config/augmentation.ts';
import { PURPOSE } from '../rng.ts';
import { augment } from './augment.ts';
import { describeDraw, describeMix } from './describe.ts';
import { type Draw, draw } from './draw.ts';
import { drawMix, type Mix } from './mix.ts';
import { mixBatch } from './mix-batch.ts';

export interface SampleImage {
  /** [rows, columns, channels], values 0–255. */
  pixels: Float32Array | Uint8Array;
  /** For the caption of a mix. */
  name: string;
}

export interface Sample {
  /** As training would see it, before `rescale`. */
  pixels: Float32Array;
  draws: Draw & { mix?: Mix };
  words: string;
}

/**
 * What one draw makes of an image, to be looked at: the same operations as in training, from a stream of its own.
 * @param number which of many draws
 * @param partner what mixup and cutmix mix it with; as in training, it has a draw of its own
 */
export function sample(
  image: SampleImage,
  partner: SampleImage,
  { rows, columns, channels }: { rows: number; columns: number; channels: number },
  config: AugmentationConfig,
  seed: number,
  number: number,
): Sample {
  const size = [rows, columns] as const;
  const one = ({ pixels }: SampleImage, index: number) => {
    const drawn = draw(config, size, seed, number, index, PURPOSE.gallery);
    return { drawn, result: augment(pixels, rows, columns, channels, config, drawn) };
  };
  const { drawn, result } = one(image, 0);
  const mix = drawMix(config, size, seed, number, 0, PURPOSE.gallery);
  if (!mix) return { pixels: result, draws: drawn, words: describeDraw(drawn) };
  const images = new Float32Array(result.length * 2);
  images.set(one(partner, 1).result);
  images.set(result, result.length);
  const labels = new Float32Array(2);
  mixBatch({ images, labels, count: 2, rows, columns, channels, outputs: 1 }, [null, mix]);
  const words = describeDraw(drawn);
  return {
    pixels: images.subarray(result.length),
    draws: { ...drawn, mix },
    words: `${words === 'unchanged' ? '' : `${words}, `}${describeMix(mix, partner.name)}`,
  };
}
