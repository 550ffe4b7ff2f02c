import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toNumber } from '@tidemark/api/contract/common';
import type { SeriesOut } from '@tidemark/api/contract/metrics';
import { scaleLinear } from 'd3-scale';

const SIZE = { width: 640, height: 300, left: 52, right: 110, top: 16, bottom: 34 };
const COLOURS = ['#1f6f8b', '#c2571a', '#5b8a3a'];

export interface Line {
  label: string;
  /** One value an epoch, from epoch 1. NaN and ±Infinity break the line. */
  values: readonly number[];
}

/** A chart of values by epoch on a white ground, for a document. `percent`: the axis reads 0–1 as 0–100 %. */
export function chart(title: string, lines: readonly Line[], percent: boolean): string {
  const { width, height, left, right, top, bottom } = SIZE;
  const finite = lines.flatMap(({ values }) => values.filter(Number.isFinite));
  const epochs = Math.max(2, ...lines.map(({ values }) => values.length));
  const x = scaleLinear([1, epochs], [left, width - right]);
  const y = scaleLinear([Math.min(...finite), Math.max(...finite)], [height - bottom, top]).nice(6);
  const format = percent ? (v: number) => `${Math.round(v * 100)} %` : (v: number) => String(v);
  const grid = y.ticks(6).map((v) => {
    const at = y(v).toFixed(1);
    return `<path d="M${left} ${at}H${width - right}" stroke="#e3e6ea"/><text x="${left - 8}" y="${at}" dy="4" text-anchor="end" fill="#5a6472">${format(v)}</text>`;
  });
  const ticks = x.ticks(8).map((v) => {
    return `<text x="${x(v).toFixed(1)}" y="${height - 14}" text-anchor="middle" fill="#5a6472">${v}</text>`;
  });
  // Labels stand at the lines' ends, pushed apart where the ends are close.
  const ends = lines
    .map(({ label, values }, i) => ({ label, i, at: y(values.findLast(Number.isFinite) ?? y.domain()[0]!) }))
    .sort((a, b) => a.at - b.at);
  ends.forEach((end, i) => {
    const above = ends[i - 1];
    if (above && end.at - above.at < 15) end.at = above.at + 15;
  });
  const labels = ends.map(({ label, i, at }) => {
    return `<text x="${width - right + 8}" y="${at.toFixed(1)}" dy="4" fill="${COLOURS[i]}">${label}</text>`;
  });
  const paths = lines.map(({ values }, i) => {
    let d = '';
    values.forEach((v, epoch) => {
      if (!Number.isFinite(v)) return;
      const joined = epoch > 0 && Number.isFinite(values[epoch - 1]!);
      d += `${joined ? 'L' : 'M'}${x(epoch + 1).toFixed(1)} ${y(v).toFixed(1)}`;
    });
    return `<path d="${d}" fill="none" stroke="${COLOURS[i]}" stroke-width="1.8"/>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${title}</title><rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...grid,
    ...ticks,
    `<text x="${width - right + 24}" y="${height - 14}" fill="#5a6472">epoch</text>`,
    ...paths,
    ...labels,
    '</svg>\n',
  ].join('\n');
}

const byEpoch = (series: readonly SeriesOut[], key: string): number[] =>
  series.find((one) => one.key === key)?.value.map(toNumber) ?? [];

/** A run's accuracy and loss, training beside validation. @returns the files written */
export function writeCurves(folder: string, name: string, series: readonly SeriesOut[]): string[] {
  mkdirSync(folder, { recursive: true });
  return (['accuracy', 'loss'] as const).flatMap((key) => {
    const lines = [
      { label: 'training', values: byEpoch(series, key) },
      { label: 'validation', values: byEpoch(series, `val_${key}`) },
    ].filter(({ values }) => values.length > 0);
    if (lines.length === 0) return [];
    const file = join(folder, `${name}-${key}.svg`);
    writeFileSync(file, chart(`${name}: ${key} by epoch`, lines, key === 'accuracy'));
    return [file];
  });
}
