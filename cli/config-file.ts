import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { yamlSentence } from '@tidemark/training/yaml-sentence';
import { type Document, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { EXIT, Failure } from './failure.ts';

/** A config document with its comments and the lines that its values stand on. */
export interface ConfigFile {
  /** What is registered: the file's own text where nothing was changed. */
  text: string;
  value: unknown;
  /** The line of a path, or of its nearest ancestor that is there; undefined for what --set wrote. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

/**
 * Reads a YAML or JSON config, applies `--set a.b=value` and makes a relative `data.path` absolute when it exists beside the file.
 * @throws Failure with the file's line and column
 */
export function readConfigFile(path: string, sets: readonly string[] = []): ConfigFile {
  return parseConfigText(readText(path), path, sets);
}

/** The same for a text that was read already. @param path for messages, and what a relative `data.path` starts at */
export function parseConfigText(text: string, path: string, sets: readonly string[]): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [problem] = document.errors;
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new Failure(`${path}:${line}:${col}  ${yamlSentence(problem)}`, {
      hint: 'The file is not valid YAML here; nothing was registered.',
    });
  }
  if (document.contents === null)
    throw new Failure(`${path} is empty.`, { hint: 'examples/cats-vs-dogs/plain.yaml is a whole config.' });

  let changed = false;
  for (const set of sets) {
    applySet(document, set);
    changed = true;
  }
  const beside = besideFile(document, path);
  if (beside) {
    document.setIn(['data', 'path'], beside);
    changed = true;
  }
  return {
    text: changed ? document.toString() : text,
    value: document.toJS(),
    lineOf(at) {
      for (let length = at.length; length > 0; length--) {
        const node = document.getIn(at.slice(0, length), true);
        if (isNode(node)) return node.range ? lines.linePos(node.range[0]).line : undefined;
      }
      return undefined;
    },
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new Failure(`There is no file ${path}.`, { exit: EXIT.notFound });
    if (code === 'EISDIR') throw new Failure(`${path} is a folder; a config is one YAML file.`, { exit: EXIT.usage });
    throw new Failure(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** `model.layers.0.filters=64`: the value is read as YAML, so 1e-3 is a number, true a boolean, [1, 2] a list. */
function applySet(document: Document, set: string): void {
  const equals = set.indexOf('=');
  const path =
    equals > 0
      ? set
          .slice(0, equals)
          .split('.')
          .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
      : [];
  if (path.length === 0 || path.includes('')) {
    throw new Failure(`--set ${set} is not of the form path=value.`, {
      hint: 'For example --set optimizer.learning_rate=1e-4.',
      exit: EXIT.usage,
    });
  }
  const value = parseDocument(set.slice(equals + 1));
  if (value.errors[0]) throw new Failure(`--set ${set}: ${value.errors[0].message}`, { exit: EXIT.usage });
  try {
    // A scalar on the way (`optimizer: Adam`, then --set optimizer.rho=…) cannot hold keys.
    for (let length = 1; length < path.length; length++) {
      const node = document.getIn(path.slice(0, length), true);
      if (isScalar(node) && node.value !== null)
        throw new Error(`${path.slice(0, length).join('.')} is ${String(node.value)}`);
    }
    document.setIn(path, document.createNode(value.toJS()));
  } catch (error) {
    throw new Failure(`--set ${set}: ${error instanceof Error ? error.message : String(error)}, which holds no keys.`, {
      exit: EXIT.usage,
    });
  }
}

function besideFile(document: Document, file: string): string | undefined {
  const given: unknown = document.getIn(['data', 'path']);
  if (typeof given !== 'string' || file === '-' || isAbsolute(given)) return undefined;
  const candidate = resolve(dirname(file), given);
  return existsSync(candidate) ? candidate : undefined;
}
