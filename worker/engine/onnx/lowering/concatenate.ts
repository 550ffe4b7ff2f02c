import { align } from '../align.ts';
import { asFeatures, asMap, stored } from '../strips.ts';
import type { Joined, LoweringContext, Value } from '../value.ts';

/** Along the last axis. */
export function lowerConcatenate({ g, images }: LoweringContext): Joined {
  let xs: readonly Value[] = [];
  return {
    join(values) {
      xs = values;
      if (xs[0]!.kind === 'features') {
        const all = xs.map(asFeatures);
        return {
          kind: 'features',
          t: g.concat(
            all.map(({ t }) => t),
            1,
          ),
          size: all.reduce((sum, { size }) => sum + size, 0),
        };
      }
      const maps = xs.map(asMap);
      const { columns, rows, heights, parts } = align(g, maps);
      const strips = heights.map((high, i) => ({ rows: high, t: g.concat(parts[i]!, 3) }));
      return { kind: 'map', strips, rows, columns, channels: maps.reduce((sum, { channels }) => sum + channels, 0) };
    },
    separate(d) {
      let at = 0;
      return xs.map((x) => {
        const from = at;
        if (x.kind === 'features') {
          at += x.size;
          return { ...x, t: g.slice(asFeatures(d).t, 1, from, at) };
        }
        at += x.channels;
        const { columns, rows, strips } = asMap(d);
        const own = strips.map((s) => ({ rows: s.rows, t: g.slice(s.t, 3, from, at) }));
        return stored(g, { kind: 'map', strips: own, rows, columns, channels: x.channels }, x, images);
      });
    },
  };
}
