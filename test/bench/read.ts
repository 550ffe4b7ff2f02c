// Charts through HTTP: of one series of ten million points, whole and zoomed in, and of a hundred runs in one request.
import type { BenchOptions } from './bench.ts';
import { quantile, storedSeries, timed } from './store/series.ts';

const LONG = 10_000_000;
const SHORT = 1000;
const ROUNDS = 60;

export async function bench({ report }: BenchOptions): Promise<void> {
  const began = performance.now();
  const stored = await storedSeries([LONG, ...Array<number>(100).fill(SHORT), ...Array<number>(100).fill(10_000)]);
  console.error(`filled in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  try {
    const [long, ...others] = stored.runs;
    const chart = (runs: readonly string[], more = '') =>
      stored.get(`/metrics?runs=${runs.join()}&keys=loss&points=1000${more}`);
    const figure = (metric: string, value: number, unit: string, rounds?: number) =>
      report({ bench: 'read', metric, value: Number(value.toFixed(1)), unit, ...(rounds ? { rounds } : {}) });
    const measured = async (
      metric: string,
      share: number,
      rounds: number,
      call: (round: number) => Promise<unknown>,
    ) => {
      // Not counted: what a first call compiles.
      await timed(3, call);
      figure(metric, quantile(await timed(rounds, call), share), 'ms', rounds);
    };
    await measured('chart_10m_p95_ms', 0.95, ROUNDS, () => chart([long!]));
    await measured('chart_10m_relative_p95_ms', 0.95, ROUNDS, () => chart([long!], '&axis=relative'));
    await measured('zoom_10m_p95_ms', 0.95, ROUNDS, (round) => {
      const width = 10 ** (3 + (round % 4));
      const from = Math.floor(((LONG - width) * ((round * 7) % ROUNDS)) / ROUNDS);
      return chart([long!], `&from=${from}&to=${from + width}`);
    });
    await measured('chart_100_runs_ms', 0.5, 15, () => chart(others.slice(0, 100)));
    await measured('chart_100_long_runs_ms', 0.5, 15, () => chart(others.slice(100)));
    figure('rss_mb', stored.server.rssMb, 'MB');
  } finally {
    await stored.close();
  }
}
