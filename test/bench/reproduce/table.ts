import { toNumber } from '@tidemark/api/contract/common';
import type { SeriesOut } from '@tidemark/api/contract/metrics';
import type { RunDetail } from '@tidemark/api/contract/runs';
import { metric } from '../../../cli/terminal/format.ts';
import { table } from '../../../cli/terminal/table.ts';
import { EXPERIMENTS, type Name } from './experiments.ts';
import { valueAt } from './history.ts';

export interface Row {
  name: Name;
  epochs: number;
  /** The epoch with the least val_loss, and what was measured after it. */
  bestEpoch: number | null;
  valLoss: number | null;
  valAccuracy: number | null;
  /** Of that epoch's checkpoint. */
  testAccuracy: number | null;
  /** Of the last epoch. */
  trainAccuracy: number | null;
  highestValAccuracy: number | null;
  minutes: number | null;
  published: { train: number; validation: number; test: number } | null;
}

export function rowOf(run: RunDetail, series: readonly SeriesOut[], name: Name): Row {
  const value = (key: string) => valueAt(series, key, run.best?.step);
  const all = (key: string) => series.find((one) => one.key === key)?.value.map(toNumber) ?? [];
  const test = run.metrics['test/accuracy']?.last;
  const validated = all('val_accuracy');
  return {
    name,
    epochs: Number(run.config?.resolved.epochs),
    bestEpoch: value('epoch'),
    valLoss: value('val_loss'),
    valAccuracy: value('val_accuracy'),
    testAccuracy: test === undefined ? null : toNumber(test),
    trainAccuracy: all('accuracy').at(-1) ?? null,
    highestValAccuracy: validated.length > 0 ? Math.max(...validated) : null,
    minutes: run.startedAt && run.endedAt ? (run.endedAt - run.startedAt) / 60_000 : null,
    published: EXPERIMENTS[name].published,
  };
}

export function print(rows: readonly Row[]): void {
  const percent = (share: number | null | undefined) => (share == null ? '–' : `${(share * 100).toFixed(1)} %`);
  const right = (title: string) => ({ title, right: true });
  const titles = ['EPOCHS', 'BEST', 'VAL LOSS', 'TRAIN ACC', 'VAL ACC', 'HIGHEST', 'TEST ACC', 'PUBLISHED', 'MINUTES'];
  const cells = rows.map((row) => [
    row.name,
    String(row.epochs),
    metric(row.bestEpoch),
    metric(row.valLoss),
    percent(row.trainAccuracy),
    percent(row.valAccuracy),
    percent(row.highestValAccuracy),
    percent(row.testAccuracy),
    row.published ? Object.values(row.published).map(percent).join(' / ') : '–',
    row.minutes === null ? '–' : row.minutes.toFixed(1),
  ]);
  console.log(table([{ title: 'RUN' }, ...titles.map(right)], cells).join('\n'));
  console.log('train: last epoch; val: best epoch, and the highest; published: train / validation / test');
}
