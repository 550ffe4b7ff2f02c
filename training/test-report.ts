import type { Mode } from './metrics/metric.ts';
import type { Curve } from './metrics/ranking.ts';

/** What a worker stores as `test/report.json` after a run's last epoch: the best checkpoint on the test images. */
export interface TestReport {
  mode: Mode;
  /** Mean over the images. */
  loss: number;
  /** Not for a regression. */
  accuracy?: number;
  /** The run's metrics by key: `auc`, `precision/cats`. */
  metrics: Record<string, number>;
  images: number;
  /** The checkpoint that was tested. */
  step: number;
  epoch: number;
  /** Sorted; an index into it is a label. Of a labels file, its columns. */
  classes: string[];
  /** Images by [label][prediction]; empty where an image has several labels, or numbers. */
  confusion: number[][];
  /** null where nothing was predicted as (or is of) the class; `auc` where all or no images are of it. Empty for a regression. */
  perClass: {
    class: string;
    precision: number | null;
    recall: number | null;
    f1: number | null;
    auc: number | null;
    images: number;
  }[];
  /** ROC (false over true positive rate) and precision over recall, of each class against the rest; of two, the second's. */
  curves: { class: string; roc: Curve; pr: Curve }[];
  /** Of a regression, each target's errors and some of its images: what is true, what was said. */
  targets?: { target: string; mae: number; rmse: number; r2: number; truth: number[]; said: number[] }[];
  /** The images that were most surely predicted wrong, the surest first; of a regression those farthest off. */
  wrong: WrongImage[];
}

export interface WrongImage {
  /** Relative to the test folder. */
  file: string;
  label: string;
  predicted: string;
  /** That the model gave to its prediction; null for a regression. */
  probability: number | null;
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
