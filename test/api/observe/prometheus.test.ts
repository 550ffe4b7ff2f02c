import { type Family, prometheusText } from '@tidemark/api/observe/prometheus';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { metricsOf } from '../../support/prometheus.ts';
import { seeded } from '../../support/seed.ts';

const family = (values: Partial<Family>): Family => ({
  name: 'a_metric',
  help: 'What it is.',
  type: 'gauge',
  samples: [{ value: 1 }],
  ...values,
});

test('whatever stands in help, labels and values is within the grammar', () => {
  const words = fc.string({ minLength: 1, unit: 'binary' }).map((text) => `x${text}`);
  const value = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, 1e21, 1e-7));
  fc.assert(
    fc.property(words, words, value, (help, label, value) => {
      const families = metricsOf(prometheusText([family({ help, samples: [{ labels: { label }, value }] })]));
      const [sample] = families.get('a_metric')!.samples;
      expect(sample!.value).toBe(Object.is(value, -0) ? 0 : value);
      expect(sample!.labels.label!.replaceAll(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c))).toBe(label);
    }),
    seeded(300),
  );
});

test('the reader of the tests refuses what the format forbids', () => {
  const good = '# HELP a It.\n# TYPE a counter\na{x="1"} 2\n';
  expect(metricsOf(good).get('a')).toEqual({ type: 'counter', samples: [{ name: 'a', labels: { x: '1' }, value: 2 }] });
  for (const bad of [
    good.slice(0, -1),
    good + good,
    good.replace('} 2', '} -2'),
    good.replace('a{', 'b{'),
    good.replace('x="1"', 'x="1",x="2"'),
    good.replace('"1"', '"\\d"'),
    good.replace(' 2', ' two'),
    `${good}a{x="1"} 3\n`,
    '# HELP h It.\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
    '# HELP h It.\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n',
  ])
    expect(() => metricsOf(bad), bad).toThrow();
});
