import { type Counts, countClasses } from '@tidemark/training/metrics/class-counts';
import { Errors } from '@tidemark/training/metrics/errors';
import type { Outputs, Predictions } from '@tidemark/training/metrics/metric';
import { predicted } from '@tidemark/training/metrics/predicted';
import { curves, rocArea } from '@tidemark/training/metrics/ranking';
import { Scores } from '@tidemark/training/metrics/scores';
import type { TestReport } from '@tidemark/training/test-report';

const MOST_WRONG = 16;
/** Points of a drawn curve, images of a scatter plot, classes with curves. */
const [MOST_POINTS, MOST_IMAGES, MOST_CURVES] = [200, 1000, 20];

/** An image that was predicted wrong, in the report's words but for its file. */
interface Wrong {
  index: number;
  label: string;
  predicted: string;
  probability: number | null;
  /** How wrong: the most wrong first. */
  by: number;
}

/** Gathers, image by image, what a test's report tells besides the run's metrics. */
export class TestFigures {
  readonly #outputs: Outputs;
  readonly #confusion: number[][];
  readonly #counts: Counts[];
  readonly #scores: Scores;
  readonly #errors: { mae: Errors; rmse: Errors; r2: Errors };
  readonly #wrong: Wrong[] = [];
  readonly #sample: { truth: number[]; said: number[] }[];
  #images = 0;

  constructor(outputs: Outputs) {
    const { classes, mode } = outputs;
    this.#outputs = outputs;
    const single = mode === 'binary' || mode === 'categorical';
    this.#confusion = single ? classes.map(() => classes.map(() => 0)) : [];
    this.#counts = classes.map(() => ({ hits: 0, falseAlarms: 0, misses: 0 }));
    this.#scores = new Scores(outputs);
    this.#errors = {
      mae: new Errors('mae', outputs),
      rmse: new Errors('rmse', outputs),
      r2: new Errors('r2', outputs),
    };
    this.#sample = classes.map(() => ({ truth: [], said: [] }));
  }

  add(predictions: Predictions): void {
    const { mode } = this.#outputs;
    if (mode === 'regression') for (const errors of Object.values(this.#errors)) errors.update(predictions);
    else {
      countClasses(this.#counts, this.#outputs, predictions, 0.5);
      this.#scores.update(predictions);
    }
    for (let row = 0; row < predictions.count; row++) {
      const wrong =
        mode === 'regression'
          ? this.#distance(predictions, row)
          : mode === 'multi_label'
            ? this.#labels(predictions, row)
            : this.#class(predictions, row);
      if (wrong) this.#wrong.push({ index: this.#images, ...wrong });
      this.#images++;
    }
  }

  #class({ outputs, labels }: Predictions, row: number): Omit<Wrong, 'index'> | null {
    const { count, classes } = this.#outputs;
    const [label, guess] = [predicted(labels, row, count), predicted(outputs, row, count)];
    this.#confusion[label]![guess]!++;
    if (guess === label) return null;
    const p = count === 1 ? outputs[row]! : outputs[row * count + guess]!;
    const probability = count === 1 && guess === 0 ? 1 - p : p;
    return { label: classes[label]!, predicted: classes[guess]!, probability, by: probability };
  }

  #labels({ outputs, labels }: Predictions, row: number): Omit<Wrong, 'index'> | null {
    const { count, classes } = this.#outputs;
    let surest = 0;
    for (let c = 0; c < count; c++) {
      const [p, is] = [outputs[row * count + c]!, labels[row * count + c]! > 0.5];
      if (p > 0.5 !== is) surest = Math.max(surest, is ? 1 - p : p);
    }
    if (surest === 0) return null;
    const names = (values: Float32Array) =>
      classes.filter((_, c) => values[row * count + c]! > 0.5).join(', ') || 'none';
    return { label: names(labels), predicted: names(outputs), probability: surest, by: surest };
  }

  #distance({ outputs, labels }: Predictions, row: number): Omit<Wrong, 'index'> {
    const { count, classes } = this.#outputs;
    let by = 0;
    for (let c = 0; c < count; c++) {
      const [said, truth] = [outputs[row * count + c]!, labels[row * count + c]!];
      by += Math.abs(said - truth);
      if (this.#images >= MOST_IMAGES) continue;
      this.#sample[c]!.truth.push(truth);
      this.#sample[c]!.said.push(said);
    }
    const names = (values: Float32Array) =>
      classes.map((name, c) => `${name} ${Number(values[row * count + c]!.toPrecision(4))}`).join(', ');
    return { label: names(labels), predicted: names(outputs), probability: null, by };
  }

  /** The most wrong first. */
  mostWrong(): Wrong[] {
    return this.#wrong.sort((a, b) => b.by - a.by || a.index - b.index).slice(0, MOST_WRONG);
  }

  report(): Pick<TestReport, 'confusion' | 'perClass' | 'curves' | 'targets'> {
    const { mode, classes, count } = this.#outputs;
    if (mode === 'regression') return { confusion: [], perClass: [], curves: [], targets: this.#targets() };
    const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);
    const ranked = Array.from({ length: count }, (_, column) => this.#scores.ranked(column));
    const areas = ranked.map(rocArea);
    const perClass = this.#counts.map(({ hits, falseAlarms, misses }, c) => {
      const area = areas[count === 1 ? 0 : c]!;
      return {
        class: classes[c]!,
        precision: ratio(hits, hits + falseAlarms),
        recall: ratio(hits, hits + misses),
        f1: ratio(2 * hits, 2 * hits + falseAlarms + misses),
        auc: Number.isNaN(area) ? null : area,
        images: hits + misses,
      };
    });
    const drawn = ranked.slice(0, MOST_CURVES).map((one, c) => {
      return { class: classes[count === 1 ? 1 : c]!, ...curves(one, MOST_POINTS) };
    });
    return { confusion: this.#confusion, perClass, curves: drawn };
  }

  #targets(): NonNullable<TestReport['targets']> {
    const { classes } = this.#outputs;
    const of = (name: 'mae' | 'rmse' | 'r2') => this.#errors[name].each();
    const [mae, rmse, r2] = [of('mae'), of('rmse'), of('r2')];
    return classes.map((target, t) => {
      return { target, mae: mae[t]!, rmse: rmse[t]!, r2: r2[t]!, ...this.#sample[t]! };
    });
  }
}
