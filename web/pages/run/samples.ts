import type { GallerySamples } from '@tidemark/training/test-report';

export interface Samples {
  /** Images per set and class: {"train/cats": 700, …}. */
  readonly counts: Readonly<Record<string, number>>;
  readonly caption: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `samples/augmented.json` as a worker writes it; null for anything else. */
export function readSamples(text: string | undefined): Samples | null {
  if (text === undefined) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (!isGallery(value)) return null;
    const counts = isRecord(value.counts) ? value.counts : {};
    const caption =
      value.kind === 'augmented'
        ? `One training image, ${value.samples[0]?.file ?? ''}, drawn anew in each cell by this run’s augmentation.`
        : 'The first eight images of the first epoch; this run does not augment.';
    return { counts, caption };
  } catch {
    return null;
  }
}

function isGallery(value: unknown): value is GallerySamples {
  return (
    isRecord(value) &&
    (value.kind === 'augmented' || value.kind === 'plain') &&
    Array.isArray(value.samples) &&
    value.samples.every((sample) => isRecord(sample) && typeof sample.file === 'string') &&
    (value.counts === undefined ||
      (isRecord(value.counts) && Object.values(value.counts).every((count) => typeof count === 'number')))
  );
}
