import type { Stream } from '../rng.ts';

/** A rectangle of whole pixels. */
export interface Box {
  top: number;
  left: number;
  height: number;
  width: number;
}

/** Tries before giving up, as torchvision has it for both RandomResizedCrop and RandomErasing. */
const TRIES = 10;

/**
 * A random rectangle inside an image: its area uniform in `scale` (shares of the image's), the logarithm of its aspect
 * uniform between those of `ratio`, its place uniform. Null after ten that would not fit.
 * @param tall ratio is height over width (RandomErasing), not width over height (RandomResizedCrop)
 * @param most greatest height and width
 */
export function drawBox(
  random: Stream,
  [rows, columns]: readonly [number, number],
  scale: readonly [number, number],
  ratio: readonly [number, number],
  tall: boolean,
  most: readonly [number, number],
): Box | null {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const area = rows * columns * random.between(scale[0], scale[1]);
    const aspect = Math.exp(random.between(Math.log(ratio[0]), Math.log(ratio[1])));
    const long = Math.round(Math.sqrt(area * aspect));
    const short = Math.round(Math.sqrt(area / aspect));
    const [height, width] = tall ? [long, short] : [short, long];
    if (height < 1 || width < 1 || height > most[0] || width > most[1]) continue;
    const top = random.integer(rows - height + 1);
    return { top, left: random.integer(columns - width + 1), height, width };
  }
  return null;
}
