import { toNumber } from '@tidemark/api/contract/common';
import { routes } from '@tidemark/api/contract/index';
import type { SeriesOut } from '@tidemark/api/contract/metrics';
import type { RunDetail } from '@tidemark/api/contract/runs';
import { type Client, retryClass } from '@tidemark/client';
import { openHints } from '../../../cli/hints.ts';
import { metric } from '../../../cli/terminal/format.ts';
import { note } from './note.ts';
import type { Place } from './place.ts';

const isOver = ({ status }: RunDetail) => ['finished', 'failed', 'cancelled', 'pruned'].includes(status);

const SHOWN = ['loss', 'accuracy', 'val_loss', 'val_accuracy'];

/** The value that a key has at a step, null without one. */
export function valueAt(series: readonly SeriesOut[], key: string, step: number | undefined): number | null {
  const one = series.find((candidate) => candidate.key === key);
  const index = step === undefined || !one ? -1 : one.step.indexOf(step);
  return index < 0 ? null : toNumber(one!.value[index]!);
}

export async function epochSeries(client: Client, run: RunDetail): Promise<SeriesOut[]> {
  if (!run.metrics.epoch) return [];
  const query = { runs: run.id, keys: ['epoch', ...SHOWN], points: 5000 };
  return (await client.call(routes.readMetrics, { query })).series;
}

/** Follows a run to its end, a line per epoch. Watching makes the worker report every few seconds. */
export async function follow({ client, token }: Place, id: string, name: string): Promise<RunDetail> {
  const hints = openHints(client, token, `run:${id}`);
  let told = 0;
  try {
    for (;;) {
      try {
        const run = await client.call(routes.getRun, { params: { id } });
        const series = await epochSeries(client, run);
        for (const step of series.find(({ key }) => key === 'epoch')?.step ?? []) {
          if (step <= told) continue;
          told = step;
          const values = SHOWN.map((key) => `${key} ${metric(valueAt(series, key, step))}`).join('  ');
          note(`${name.padEnd(9)}  epoch ${valueAt(series, 'epoch', step)}/${run.progress?.epochs ?? '?'}  ${values}`);
        }
        if (isOver(run)) return run;
      } catch (error) {
        if (retryClass(error) !== 'retry') throw error;
      }
      await hints.next(5000, new AbortController().signal);
    }
  } finally {
    hints.close();
  }
}
