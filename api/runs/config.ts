import type { RunConfig } from '@tidemark/training/config';
import { isMinimised } from '@tidemark/training/monitor';
import { flattenConfig } from '@tidemark/training/params';
import { validateConfig } from '@tidemark/training/validate';
import { yamlSentence } from '@tidemark/training/yaml-sentence';
import { LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import type { Issue } from '../contract/errors.ts';
import type { LayerRow, Run } from '../contract/runs.ts';

type Layers = z.output<typeof LayerRow>[];

export interface CheckedConfig {
  /** As it was sent. */
  readonly written: string;
  readonly config: RunConfig;
  readonly layers: Layers;
  readonly params: Run['params'];
  readonly monitor: { key: string; mode: 'min' | 'max' };
}
/** Layers are those whose shapes could be inferred, also of a config that is refused. */
export type ConfigResult = { ok: true; checked: CheckedConfig } | { ok: false; issues: Issue[]; layers: Layers };

const MAX_CHARACTERS = 500_000;

/** Reads and validates a run's whole config: a document, or YAML text, whose issues then carry line and column. */
export function checkConfig(input: string | Record<string, unknown>): ConfigResult {
  const parsed =
    typeof input === 'string' ? parseYaml(input) : { ok: true as const, document: input, place: () => ({}) };
  if (!parsed.ok) return { ...parsed, layers: [] };
  const written = typeof input === 'string' ? input : JSON.stringify(input);
  if (written.length > MAX_CHARACTERS) {
    return {
      ok: false,
      issues: [{ path: [], message: `a config has at most ${MAX_CHARACTERS} characters` }],
      layers: [],
    };
  }
  const result = validateConfig(parsed.document);
  const layers = result.layers.map(({ name, type, output, parameterCount }) => {
    return { name, type, output: [...output], parameters: parameterCount };
  });
  if (!result.ok) {
    return { ok: false, issues: result.issues.map((issue) => ({ ...issue, ...parsed.place(issue.path) })), layers };
  }
  const { config } = result;
  return { ok: true, checked: { written, config, layers, params: flattenConfig(config), monitor: monitorOf(config) } };
}

type Place = { line?: number; column?: number };
type Parsed = { ok: true; document: unknown; place: (path: Issue['path']) => Place } | { ok: false; issues: Issue[] };

function parseYaml(text: string): Parsed {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const at = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0) {
    return {
      ok: false,
      issues: document.errors
        .slice(0, 20)
        .map((error) => ({ path: [], message: yamlSentence(error), ...at(error.pos[0]) })),
    };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    return { ok: false, issues: [{ path: [], message: 'aliases in the YAML expand to too much' }] };
  }
  const place = (path: Issue['path']): Place => {
    // A missing key has no place of its own: its nearest parent's is shown.
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
        return at(Number(node.range[0]));
      }
    }
    return {};
  };
  return { ok: true, document: value, place };
}

function monitorOf({ checkpoint: { monitor, mode } }: RunConfig): CheckedConfig['monitor'] {
  return { key: monitor, mode: isMinimised(monitor, mode) ? 'min' : 'max' };
}
