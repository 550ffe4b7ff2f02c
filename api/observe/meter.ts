import type { Family, Labels } from './prometheus.ts';

/** What a process counts, over all projects that it serves. */
export interface Meter {
  /** A request that an app answered; `route` is its path's pattern, so that there are few of them. */
  answered(request: { method: string; route: string; status: number; seconds: number }): void;
  /** Points that were logged. */
  logged(points: number): void;
  /** What a timer ran, and how late. */
  ticked(lateSeconds: number, seconds: number, failed: boolean): void;
  families(): Promise<Family[]>;
  /** The last tick of any project, milliseconds by its clock, and how late it was; null: none yet. */
  lastTick(): { readonly late: number; readonly failed: boolean } | null;
}

/** Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Histogram {
  readonly labels: Labels;
  readonly counts: number[];
  sum: number;
  count: number;
}

/** `more`: what else the process can tell. */
export function createMeter(more: () => Promise<Family[]> = async () => []): Meter {
  const requests = new Map<string, { labels: Labels; value: number }>();
  const durations = new Map<string, Histogram>();
  const ticks = { run: 0, failed: 0, late: 0, seconds: 0 };
  let points = 0;
  let last: { late: number; failed: boolean } | null = null;
  return {
    answered({ method, route, status, seconds }) {
      const key = `${method} ${route}`;
      const exact = `${key} ${status}`;
      const entry = requests.get(exact) ?? { labels: { method, route, status: String(status) }, value: 0 };
      entry.value++;
      requests.set(exact, entry);
      const histogram = durations.get(key) ?? {
        labels: { method, route },
        counts: BUCKETS.map(() => 0),
        sum: 0,
        count: 0,
      };
      durations.set(key, histogram);
      const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
      if (bucket >= 0) histogram.counts[bucket]!++;
      histogram.sum += seconds;
      histogram.count++;
    },
    logged(more) {
      points += more;
    },
    ticked(late, seconds, failed) {
      ticks.run++;
      if (failed) ticks.failed++;
      ticks.late = late;
      ticks.seconds += seconds;
      last = { late, failed };
    },
    lastTick: () => last,
    families: async () => [
      counter('tidemark_http_requests_total', 'Requests that were answered.', [...requests.values()]),
      {
        name: 'tidemark_http_request_duration_seconds',
        help: 'Time to the reply; of a stream, to its beginning.',
        type: 'histogram',
        samples: [...durations.values()].flatMap(samplesOf),
      },
      counter('tidemark_points_ingested_total', 'Points of metrics that were logged.', [{ value: points }]),
      counter('tidemark_ticks_total', 'Runs of the upkeep.', [{ value: ticks.run }]),
      counter('tidemark_tick_failures_total', 'Runs of the upkeep that broke.', [{ value: ticks.failed }]),
      counter('tidemark_tick_seconds_total', 'Time spent in the upkeep.', [{ value: ticks.seconds }]),
      {
        name: 'tidemark_tick_lag_seconds',
        help: 'How late the last run of the upkeep began.',
        type: 'gauge',
        samples: [{ value: ticks.late }],
      },
      ...(await more()),
    ],
  };
}

const counter = (name: string, help: string, samples: Family['samples']): Family => ({
  name,
  help,
  type: 'counter',
  samples,
});

function samplesOf({ labels, counts, sum, count }: Histogram): Family['samples'][number][] {
  let below = 0;
  return [
    ...counts.map((more, i) => {
      below += more;
      return { suffix: '_bucket', labels: { ...labels, le: String(BUCKETS[i]) }, value: below };
    }),
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count },
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: count },
  ];
}
