/** A layer as a summary shows it: its output without the batch, and how many numbers it learns or keeps. */
export interface LayerLine {
  readonly name: string;
  readonly type: string;
  readonly output: readonly number[];
  readonly parameters: number;
}
