import { toNumber } from '@tidemark/api/contract/common';
import type { SeriesOut } from '@tidemark/api/contract/metrics';
import colors from 'picocolors';
import type { Watched } from '../commands/run-watch.ts';
import { duration, metric, status } from './format.ts';
import { type PlotLine, plot } from './plot.ts';
import { shorten, width } from './table.ts';

/** What `run watch` shows on a terminal: progress, and a plot for each metric beside its validation twin. */
export function watchScreen({ run, series, away }: Watched, columns: number, rows: number, now: number): string[] {
  const { progress, best } = run;
  const head = `${colors.bold(`${run.experiment}#${run.ordinal}`)} ${run.name}  ${status(run.status)}${run.worker ? colors.dim(` on ${run.worker.name}`) : ''}`;
  const lines = [shorten(head, width(head) > columns ? columns : Number.POSITIVE_INFINITY)];
  if (away) lines.push(colors.yellow(`${away} Trying again…`));
  else if (run.waits) lines.push(colors.dim(shorten(run.waits, columns)));
  if (progress) {
    const share = progress.steps > 0 ? progress.step / progress.steps : progress.epoch / progress.epochs;
    const eta =
      progress.etaSeconds === undefined || run.endedAt ? '' : `, ${duration(progress.etaSeconds * 1000)} left`;
    const speed =
      progress.imagesPerSecond === undefined ? '' : `, ${metric(Math.round(progress.imagesPerSecond))} images/s`;
    const phase = progress.phase && !['training', 'done'].includes(progress.phase) ? `, ${progress.phase}` : '';
    lines.push(
      `${bar(share, Math.min(30, columns - 60))} epoch ${Math.floor(progress.epoch)} of ${progress.epochs}${phase}${speed}${eta}`,
    );
  }
  const since =
    run.startedAt !== null
      ? `${run.endedAt ? 'took' : 'running for'} ${duration((run.endedAt ?? now) - run.startedAt)}`
      : '';
  const mark = best ? `best ${best.key} ${colors.bold(metric(best.value))} at step ${best.step}` : '';
  lines.push([mark, colors.dim(since)].filter(Boolean).join('  '), '');

  const panels = panelsOf(series).slice(0, columns >= 90 ? 2 : 1);
  const each = Math.floor((columns - 2 * (panels.length - 1)) / Math.max(1, panels.length));
  const height = Math.max(4, Math.min(12, rows - lines.length - 4));
  const total = progress?.steps ?? 0;
  const drawn = panels.map((panel) => drawPanel(panel, each, height, total));
  for (let row = 0; row < (drawn[0]?.length ?? 0); row++) {
    lines.push(
      drawn
        .map((panel) => pad(panel[row] ?? '', each))
        .join('  ')
        .trimEnd(),
    );
  }
  if (panels.length === 0) lines.push(colors.dim('  nothing logged yet'));
  return lines;
}

interface Panel {
  name: string;
  train: SeriesOut | undefined;
  validation: SeriesOut | undefined;
}

function panelsOf(series: readonly SeriesOut[]): Panel[] {
  const find = (key: string) => series.find((one) => one.key === key && one.value.length > 0);
  const names = new Set(
    series.filter(({ key }) => key !== 'epoch').map(({ key }) => key.replace(/^(val_|batch\/)/, '')),
  );
  const order = [...names].sort((a, b) => rank(a) - rank(b));
  return order.map((name) => ({ name, train: find(name) ?? find(`batch/${name}`), validation: find(`val_${name}`) }));
}

const rank = (name: string): number => (name === 'loss' ? 0 : name === 'accuracy' ? 1 : 2);

function drawPanel({ name, train, validation }: Panel, columns: number, height: number, totalSteps: number): string[] {
  const line = (series: SeriesOut | undefined, paint: (text: string) => string): PlotLine[] =>
    series ? [{ points: series.step.map((step, i) => [step, toNumber(series.value[i]!)] as const), paint }] : [];
  const last = (series: SeriesOut | undefined) => metric(series?.value.at(-1));
  const legend = [
    train ? colors.cyan(`⣿ ${train.key} ${last(train)}`) : '',
    validation ? colors.yellow(`⣿ ${validation.key} ${last(validation)}`) : '',
  ].filter(Boolean);
  const lines = [...line(train, colors.cyan), ...line(validation, colors.yellow)];
  const steps = lines.flatMap(({ points }) => points.map(([x]) => x));
  // The whole run's width once a fifth of it is there; before that the young curve fills the plot.
  const xMax = totalSteps > 0 && Math.max(...steps, 0) * 5 >= totalSteps ? totalSteps : undefined;
  const options = { width: columns, height, label: metric, ...(xMax === undefined ? {} : { xMax }) };
  return [
    shorten(legend.join('  ') || name, width(legend.join('  ')) > columns ? columns : Number.POSITIVE_INFINITY),
    ...plot(lines, options),
  ];
}

function bar(share: number, size: number): string {
  const full = Math.round(Math.max(0, Math.min(1, share)) * Math.max(8, size));
  return `${colors.cyan('━'.repeat(full))}${colors.dim('─'.repeat(Math.max(8, size) - full))} ${String(Math.floor(Math.min(1, share) * 100)).padStart(3)} %`;
}

const pad = (text: string, to: number): string => text + ' '.repeat(Math.max(0, to - width(text)));
