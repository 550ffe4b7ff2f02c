export interface Samples {
  /** Images per folder: {"train/cats": 1000, …}; null where the worker did not say. */
  readonly folders: Readonly<Record<string, number>> | null;
  readonly caption: string | null;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is Record<string, number> =>
  isRecord(value) &&
  Object.values(value).length > 0 &&
  Object.values(value).every((count) => typeof count === 'number');

/** `samples/augmented.json`; null for what is no JSON object. */
export function readSamples(text: string | undefined): Samples | null {
  if (text === undefined) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return null;
    const epoch = typeof value.epoch === 'number' ? ` at epoch ${value.epoch}` : '';
    const seed = typeof value.seed === 'number' ? ` (seed ${value.seed})` : '';
    return {
      folders: [value.folders, value.counts, value.classCounts].find(isCounts) ?? null,
      caption: `Exactly what the model saw${epoch}${seed}.`,
    };
  } catch {
    return null;
  }
}
