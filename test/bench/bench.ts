/** One figure, as `--json` prints it: a line on standard output. */
export interface Figure {
  bench: string;
  metric: string;
  value: number;
  unit: string;
  rounds?: number;
  peer?: string;
  peerValue?: number;
}

export interface BenchOptions {
  json: boolean;
  /** What stands after the bench's name. */
  args: string[];
  report(figure: Figure): void;
}

/** Middle value; of an even number, the lower of the two. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[(values.length - 1) >> 1]!;
