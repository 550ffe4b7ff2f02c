import type { SeriesIn } from '@tidemark/api/contract/metrics';
import type { SpoolRecord } from './spool-record.ts';

type Body = Extract<SpoolRecord, { type: 'log' }>['body'];

/** Several log records as one call's body: each key's columns joined in order, lines in order, the newest progress. */
export function joinRecords(bodies: readonly Body[]): Body {
  const byKey = new Map<string, SeriesIn>();
  for (const { key, steps, times, values } of bodies.flatMap(({ series }) => series ?? [])) {
    const joined = byKey.get(key);
    if (!joined) byKey.set(key, { key, steps: [...steps], times: [...times], values: [...values] });
    else {
      joined.steps = joined.steps.concat(steps);
      joined.times = joined.times.concat(times);
      joined.values = joined.values.concat(values);
    }
  }
  const progress = bodies.findLast((body) => body.progress)?.progress;
  const device = bodies.findLast((body) => body.device)?.device;
  return {
    series: [...byKey.values()],
    lines: bodies.flatMap(({ lines }) => lines ?? []),
    ...(progress ? { progress } : {}),
    ...(device ? { device } : {}),
  };
}
