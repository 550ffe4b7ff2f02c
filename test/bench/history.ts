// A run's 100,000 points in full through HTTP, as lines.
import type { BenchOptions } from './bench.ts';
import { quantile, storedSeries, timed } from './store/series.ts';

const POINTS = 100_000;
const ROUNDS = 31;

export async function bench({ report }: BenchOptions): Promise<void> {
  const stored = await storedSeries([POINTS]);
  try {
    for (const [metric, format] of [
      ['history_100k_ms', 'ndjson'],
      ['history_100k_csv_ms', 'csv'],
      ['history_100k_arrow_ms', 'arrow'],
    ] as const) {
      const call = async () => {
        const text = await stored.get(`/runs/${stored.runs[0]}/history?format=${format}`);
        if (format === 'arrow') return;
        const lines = text.trimEnd().split('\n').length - (format === 'csv' ? 1 : 0);
        if (lines !== POINTS) throw new Error(`${lines} lines`);
      };
      await timed(3, call);
      const value = Number(quantile(await timed(ROUNDS, call), 0.5).toFixed(1));
      report({ bench: 'history', metric, value, unit: 'ms', rounds: ROUNDS });
    }
  } finally {
    await stored.close();
  }
}
