import { type MetricValue, toNumber } from '../contract/common.ts';
import type { Deps } from '../deps.ts';
import { exportHistory } from '../metrics/export.ts';

export interface PastPoint {
  readonly key: string;
  readonly step: number;
  /** Milliseconds, by its writer's clock. */
  readonly time: number;
  readonly value: MetricValue;
}

/** Every visible point of a run, those of a key in the order logged; null: of all keys. A reader that stops early ends the reading. */
export async function* pastPoints(deps: Deps, run: string, key: string | null): AsyncGenerator<PastPoint> {
  const { body } = await exportHistory(deps, run, { format: 'ndjson', ...(key === null ? {} : { keys: [key] }) });
  if (!body) return;
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const decoder = new TextDecoder();
  try {
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      const lines = (rest + decoder.decode(value, { stream: !done })).split('\n');
      rest = lines.pop() ?? '';
      // The shape that exportHistory writes.
      for (const line of lines) yield JSON.parse(line) as PastPoint;
      if (done) return;
    }
  } finally {
    await reader.cancel();
  }
}

export const isFinitePoint = ({ value }: PastPoint): boolean => Number.isFinite(toNumber(value));
