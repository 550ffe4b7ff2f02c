/** What a worker stores as `test/report.json` after a run's last epoch: the best checkpoint on the test images. */
export interface TestReport {
  /** Mean over the images. */
  loss: number;
  accuracy: number;
  images: number;
  /** The checkpoint that was tested. */
  step: number;
  epoch: number;
  /** Sorted; an index into it is a label. */
  classes: string[];
  /** Images by [label][prediction]. */
  confusion: number[][];
  /** null where nothing was predicted as (or is of) the class. */
  perClass: { class: string; precision: number | null; recall: number | null; images: number }[];
  /** The images that were most surely predicted wrong, the surest first. */
  wrong: WrongImage[];
}

export interface WrongImage {
  /** Relative to the test folder. */
  file: string;
  label: string;
  predicted: string;
  /** That the model gave to its prediction. */
  probability: number;
  /** Path of the artifact that shows it, as the model saw it before augmentation. */
  image: string;
}

/** What a worker stores as `samples/augmented.json`, beside the 2×4 grid `samples/augmented.png`. */
export interface GallerySamples {
  /** `augmented`: one training image drawn anew in each cell. `plain`: eight images as the model sees them. */
  kind: 'augmented' | 'plain';
  rows: number;
  columns: number;
  /** Images of each class in each set, after the split: {"train/cats": 700, "validation/cats": 300, …}. */
  counts: Record<string, number>;
  /** In reading order; `words` says what the draw did. */
  samples: { file: string; draws: Record<string, unknown> | null; words: string }[];
}
