// A run's 100,000 points in full through HTTP, as lines. Beside the first figure MLflow's get-history, where a Python has it, of as many points as its server took in
// FILL_SECONDS, at most as many; what it says is counted up to 100,000.
import { type BenchOptions, type Figure, median } from './bench.ts';
import { startMlflow } from './peers/mlflow.ts';
import { quantile, storedSeries, timed } from './store/series.ts';

const POINTS = 100_000;
const ROUNDS = 31;
const FILL_SECONDS = 12;
const PEER_ROUNDS = 3;

export async function bench({ report }: BenchOptions): Promise<void> {
  const peer = await mlflowHistory();
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
      report({ bench: 'history', metric, value, unit: 'ms', rounds: ROUNDS, ...(format === 'ndjson' ? peer : {}) });
    }
  } finally {
    await stored.close();
  }
}

async function mlflowHistory(): Promise<Pick<Figure, 'peer' | 'peerValue'>> {
  const mlflow = await startMlflow('history', FILL_SECONDS);
  if (!mlflow) return {};
  const each: number[] = [];
  let points = 0;
  for (let round = 0; round <= PEER_ROUNDS; round++) {
    const answer = await mlflow.measure();
    if (answer === null) break;
    const [count, ms] = answer.split(' ').map(Number) as [number, number];
    points = count;
    // The first warms its pages.
    if (round > 0) each.push(ms);
  }
  mlflow.stop();
  if (each.length === 0) {
    console.error(`${mlflow.name}: its minute was over before the first measurement`);
    return {};
  }
  const ms = median(each);
  console.error(`${mlflow.name}: ${points} points in ${ms} ms`);
  const peerValue = Number(((ms * POINTS) / points).toFixed(1));
  return { peer: `${mlflow.name}${points < POINTS ? `, counted up from ${points} points` : ''}`, peerValue };
}
