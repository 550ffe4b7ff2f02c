import type { ConfigIssue } from '@tidemark/training/issues';
import { validateConfig } from '@tidemark/training/validate';
import { yamlSentence } from '@tidemark/training/yaml-sentence';
import { type Document, isMap, isScalar, parseDocument } from 'yaml';
import type { LayerLine } from '../../state/layer-line.ts';

/** One thing that is wrong, with its place in the text: characters from … to, and the line from 1. */
export interface Problem {
  readonly from: number;
  readonly to: number;
  readonly line: number;
  readonly message: string;
  readonly path: string;
}

export interface Check {
  readonly problems: readonly Problem[];
  /** Layers with their shapes, as far as they could be inferred. */
  readonly layers: readonly LayerLine[];
  /** The layer that does not fit stands below those that do. */
  readonly layerProblem: string | null;
  /** The document as data; null while it cannot be read as YAML. */
  readonly value: Record<string, unknown> | null;
  readonly requires: readonly string[];
}

/** What registration will say to this text, said while it is typed: the same code, with places for an editor. */
export function checkText(text: string): Check {
  const document = parseDocument(text, { prettyErrors: false });
  const [broken] = document.errors;
  if (broken) {
    const [from, to] = broken.pos;
    return { ...EMPTY, problems: [problemAt(text, from, Math.max(to, from + 1), yamlSentence(broken), '')] };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // An alias without its anchor, or one that unfolds without end.
    const alias = Math.max(0, text.indexOf('*'));
    return {
      ...EMPTY,
      problems: [problemAt(text, alias, alias + 1, `${error instanceof Error ? error.message : String(error)}`, '')],
    };
  }
  const result = validateConfig(value);
  const layers = result.layers.map((layer) => ({
    name: layer.name,
    type: layer.type,
    output: layer.output,
    parameters: layer.parameterCount,
  }));
  const record =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  if (result.ok) return { problems: [], layers, layerProblem: null, value: record, requires: result.config.requires };
  const problems = result.issues.map((issue) => {
    const [from, to] = rangeOf(document, issue.path, text);
    return problemAt(text, from, to, sentence(issue), issue.path.join('.'));
  });
  const misfit = result.issues.find((issue) => /^Layer \d+ /.test(issue.message));
  return { problems, layers, layerProblem: misfit ? sentence(misfit) : null, value: record, requires: [] };
}

const EMPTY: Check = { problems: [], layers: [], layerProblem: null, value: null, requires: [] };

export const sentence = (issue: Pick<ConfigIssue, 'message' | 'allowed' | 'hint'>): string => {
  const allowed = issue.allowed && !issue.message.includes(issue.allowed) ? `; allowed: ${issue.allowed}` : '';
  return `${issue.message}${allowed}.${issue.hint ? ` ${issue.hint}` : ''}`;
};

function problemAt(text: string, from: number, to: number, message: string, path: string): Problem {
  const start = Math.min(from, text.length);
  return {
    from: start,
    to: Math.min(Math.max(to, start), text.length),
    line: text.slice(0, start).split('\n').length,
    message,
    path,
  };
}

/** Where a path is written; for what is missing, the key of the nearest part of the path that is there. */
function rangeOf(document: Document, path: readonly (string | number)[], text: string): [number, number] {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === last);
      const key = pair && isScalar(pair.key) ? pair.key.range : null;
      const node = document.getIn(path.slice(0, length), true) as
        | { range?: [number, number, number] | null }
        | undefined;
      // A wrong value is marked itself; a mapping that lacks something only by its key.
      if (length === path.length && isScalar(node) && node.range && node.range[1] > node.range[0])
        return [node.range[0], node.range[1]];
      if (key) return [key[0], key[1]];
    }
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] | null } | undefined;
    if (node?.range)
      return [node.range[0], Math.min(node.range[1], text.indexOf('\n', node.range[0]) + 1 || node.range[1])];
  }
  return [0, Math.max(0, text.indexOf('\n'))];
}
