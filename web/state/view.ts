import { formatOrdinals, parseOrdinals } from './ordinals.ts';
import type { Search } from './search.ts';

export type XAxis = 'step' | 'epoch' | 'time' | 'rel';
/** `auto` is the first n of the table's order; otherwise exactly these ordinals. */
export type Shown = { readonly auto: number } | { readonly ordinals: readonly number[] };

/** Everything an experiment's page shows that a colleague's browser must show too. */
export interface View {
  readonly q: string;
  readonly sort: string;
  readonly show: Shown;
  /** `runs` is the table, where it has no room beside the charts. */
  readonly tab: 'charts' | 'diff' | 'runs';
  readonly x: XAxis;
  /** The zoomed part of the x axis, in axis units; null: all of it. */
  readonly xr: readonly [number, number] | null;
  /** Half-life in axis units; 0: off. */
  readonly smooth: number;
  /** Metric keys on a logarithmic axis. */
  readonly ylog: readonly string[];
  readonly find: string;
  /** Sections whose folding differs from what is usual. */
  readonly sec: readonly string[];
  readonly full: string;
  /** Width of the table in pixels; 0: its usual one. */
  readonly split: number;
  /** Params the diff shows: all, not only those that differ. */
  readonly all: boolean;
}

export const DEFAULT_VIEW: View = {
  q: '',
  sort: '-created',
  show: { auto: 10 },
  tab: 'charts',
  x: 'step',
  xr: null,
  smooth: 0,
  ylog: [],
  find: '',
  sec: [],
  full: '',
  split: 0,
  all: false,
};

interface Codec<T> {
  /** undefined: not a value of this parameter. */
  parse(text: string): T | undefined;
  format(value: T): string;
}

const text: Codec<string> = { parse: (value) => value, format: (value) => value };
const flag: Codec<boolean> = {
  parse: (value) => (value === '1' ? true : undefined),
  format: (value) => (value ? '1' : ''),
};
const oneOf = <const T extends string>(...values: readonly T[]): Codec<T> => ({
  parse: (value) => values.find((known) => known === value),
  format: (value) => value,
});
const number = (low: number, high: number): Codec<number> => ({
  parse: (value) => {
    const parsed = value.trim() === '' ? Number.NaN : Number(value);
    return parsed >= low && parsed <= high ? parsed : undefined;
  },
  format: (value) => String(value),
});
/** Metric keys hold no comma, so it parts them. */
const list: Codec<readonly string[]> = {
  parse: (value) => [...new Set(value.split(',').filter((part) => part !== ''))],
  format: (value) => value.join(','),
};
const range: Codec<readonly [number, number] | null> = {
  parse: (value) => {
    const [low, high, rest] = value.split(':').map((part) => (part === '' ? Number.NaN : Number(part)));
    if (rest !== undefined || low === undefined || high === undefined) return undefined;
    return Number.isFinite(low) && Number.isFinite(high) && low < high ? [low, high] : undefined;
  },
  format: (value) => (value ? `${value[0]}:${value[1]}` : ''),
};
const sort: Codec<string> = {
  parse: (value) => (/^-?[A-Za-z0-9_\-. :/]+(,-?[A-Za-z0-9_\-. :/]+)*$/.test(value) ? value : undefined),
  format: (value) => value,
};
const shown: Codec<Shown> = {
  parse: (value) => {
    const auto = /^auto:(\d{1,3})$/.exec(value);
    if (auto) return Number(auto[1]) >= 1 && Number(auto[1]) <= 200 ? { auto: Number(auto[1]) } : undefined;
    if (value === 'none') return { ordinals: [] };
    const ordinals = parseOrdinals(value);
    return ordinals ? { ordinals } : undefined;
  },
  format: (value) =>
    'auto' in value ? `auto:${value.auto}` : value.ordinals.length === 0 ? 'none' : formatOrdinals(value.ordinals),
};

const CODECS: { readonly [K in keyof View]: Codec<View[K]> } = {
  q: text,
  sort,
  show: shown,
  tab: oneOf('charts', 'diff', 'runs'),
  x: oneOf('step', 'epoch', 'time', 'rel'),
  xr: range,
  smooth: number(0, 1e9),
  ylog: list,
  find: text,
  sec: list,
  full: text,
  split: number(240, 2000),
  all: flag,
};

/** The view in an address, and the names of parameters whose value could not be understood and was dropped. */
export function readView(search: Search): { view: View; bad: string[] } {
  const view: Record<string, unknown> = { ...DEFAULT_VIEW };
  const bad: string[] = [];
  for (const key of Object.keys(CODECS) as (keyof View)[]) {
    const raw = search[key];
    if (raw === undefined) continue;
    const value = CODECS[key].parse(raw);
    if (value === undefined) bad.push(key);
    else view[key] = value;
  }
  return { view: view as unknown as View, bad };
}

/** Only what differs from the usual view is written. */
export function writeView(view: View): Search {
  const out: Record<string, string> = {};
  for (const key of Object.keys(CODECS) as (keyof View)[]) {
    const codec = CODECS[key] as Codec<View[typeof key]>;
    const value = codec.format(view[key]);
    if (value !== '' && value !== codec.format(DEFAULT_VIEW[key])) out[key] = value;
  }
  return out;
}
