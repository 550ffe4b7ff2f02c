import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { Watched } from '../../cli/commands/run-watch.ts';
import { width } from '../../cli/terminal/table.ts';
import { watchScreen } from '../../cli/terminal/watch-screen.ts';

const run = {
  experiment: 'cats',
  ordinal: 7,
  name: 'calm-heron',
  status: 'running',
  startedAt: 0,
  endedAt: null,
  waits: null,
  worker: { id: 'w', name: 'gpu-box' },
  best: { key: 'val_loss', mode: 'min', value: 0.25, step: 20 },
  progress: { epoch: 2, epochs: 4, step: 20, steps: 40, phase: 'training', imagesPerSecond: 812.4, etaSeconds: 65 },
} as unknown as Watched['run']; // the fields that the screen reads

const series = (key: string, values: number[]) =>
  ({
    run: 'x',
    key,
    exact: true,
    step: values.map((_, i) => 10 * (i + 1)),
    value: values,
  }) as unknown as Watched['series'][number];

const draw = (part: Partial<Watched>, columns = 100) =>
  watchScreen({ run, series: [], away: null, ...part }, columns, 30, 120_000).map(stripVTControlCharacters);

test('shows progress, the high-water mark and each metric beside its validation twin', () => {
  const lines = draw({
    series: [
      series('accuracy', [0.5, 0.75]),
      series('loss', [0.7, 0.3]),
      series('val_loss', [0.6, 0.25]),
      series('epoch', [1, 2]),
    ],
  });
  expect(lines[0]).toBe('cats#7 calm-heron  ▶ running on gpu-box');
  expect(lines[1]).toMatch(/ {2}50 % epoch 2 of 4, 812 images\/s, 1 min left$/);
  expect(lines[2]).toBe('best val_loss 0.2500 at step 20  running for 2 min');
  expect(lines[4]).toMatch(/loss 0\.3000 {2}⣿ val_loss 0\.2500 +⣿ accuracy 0\.7500/);
  expect(lines.join('\n')).not.toContain('epoch 2 of 4 epoch');
  for (const line of lines) expect(width(line)).toBeLessThanOrEqual(100);
});

test('a narrow terminal gets one plot, a fresh run a word, a lost server a warning', () => {
  const narrow = draw({ series: [series('loss', [0.7, 0.3]), series('accuracy', [0.5, 0.6])] }, 60);
  expect(narrow.join('\n')).not.toContain('accuracy');
  for (const line of narrow) expect(width(line)).toBeLessThanOrEqual(60);
  expect(draw({}).at(-1)).toContain('nothing logged yet');
  expect(draw({ away: 'No answer.' })[1]).toContain('No answer. Trying again');
});
