interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Metrics {
  readonly type: string;
  readonly samples: readonly Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`;
const VALUE = String.raw`[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN`;
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (${VALUE})$`);

/**
 * Reads Prometheus's text format 0.0.4 and throws at whatever its grammar or its rules forbid: a family once and in one piece, with its type before its samples;
 * names and labels of the right letters; a sample once; a histogram with rising buckets, the last of which is all.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function metricsOf(text: string): Map<string, Metrics> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, { type: string; samples: Sample[] }>();
  const helped = new Set<string>();
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const help = new RegExp(`^# HELP (${NAME}) [^\\n]+$`).exec(line);
    const typed = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`).exec(line);
    if (help) {
      if (helped.has(help[1]!)) throw new Error(`twice: ${line}`);
      helped.add(help[1]!);
    } else if (typed) {
      current = typed[1]!;
      if (families.has(current) || !helped.has(current)) throw new Error(`twice, or without its help: ${line}`);
      families.set(current, { type: typed[2]!, samples: [] });
    } else families.get(current)?.samples.push(sampleOf(line, current, families.get(current)!.type));
  }
  for (const [name, family] of families) check(name, family);
  return families;
}

function sampleOf(line: string, family: string, type: string): Sample {
  const match = SAMPLE.exec(line);
  if (!match) throw new Error(`no sample: ${line}`);
  const [, name, pairs = '', value] = match;
  const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  if (!suffixes.some((suffix) => name === `${family}${suffix}`)) throw new Error(`not of ${family}: ${line}`);
  const labels = [...pairs.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label!, text!] as const);
  if (new Set(labels.map(([label]) => label)).size < labels.length) throw new Error(`a label twice: ${line}`);
  return { name: name!, labels: Object.fromEntries(labels), value: Number(value!.replace('Inf', 'Infinity')) };
}

function check(name: string, { type, samples }: Metrics): void {
  if (samples.length === 0) throw new Error(`${name} has no sample`);
  const keys = samples.map((sample) => JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]));
  if (new Set(keys).size < keys.length) throw new Error(`${name} has a sample twice`);
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) throw new Error(`${name} counts below zero`);
  if (type !== 'histogram') return;
  const last = new Map<string, Sample>();
  for (const sample of samples) {
    const { le, ...others } = sample.labels;
    const series = JSON.stringify(others);
    const before = last.get(series);
    if (sample.name.endsWith('_bucket')) {
      if (le === undefined || (before && before.value > sample.value))
        throw new Error(`${name}: buckets that do not rise`);
      last.set(series, sample);
    } else if (sample.name.endsWith('_count')) {
      if (before?.labels.le !== '+Inf' || before.value !== sample.value)
        throw new Error(`${name}: the last bucket is not all`);
    }
  }
}
