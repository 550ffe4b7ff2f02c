import type { XAxis } from '../state/view.ts';
import type { Range } from './extent.ts';
import type { ChartLine } from './line.ts';

/** The high-water mark of what is shown. */
export interface Tide {
  readonly value: number;
  /** `0.841 · #17 epoch 63`. */
  readonly label: string;
}

/** A place on the x axis worth a mark: a checkpoint, or where a later attempt went on. */
export interface Mark {
  readonly x: number;
  readonly label: string;
}

/** All that a chart draws. */
export interface Scene {
  readonly id: string;
  readonly title: string;
  readonly mode: 'min' | 'max';
  readonly lines: readonly ChartLine[];
  readonly axis: XAxis;
  readonly log: boolean;
  /** The zoomed window; null: everything. */
  readonly range: Range | null;
  readonly tide: Tide | null;
  readonly checkpoints: readonly Mark[];
  readonly resumes: readonly Mark[];
  /** Lines without a colour of their own, where there are too many to tell apart. */
  readonly neutral: ReadonlySet<string>;
  /** More points are expected. */
  readonly live: boolean;
  onRange(range: Range | null): void;
  /** A click near a line. */
  onPick?(run: string): void;
}
