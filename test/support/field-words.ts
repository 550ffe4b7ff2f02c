// npm run words: what stands in `/** … */` above fields and schemas of the contract, for the document that is made of it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

const CONTRACT = fileURLToPath(new URL('../../api/contract', import.meta.url));
export const WORDS = join(CONTRACT, 'docs', 'words.json');

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

type Words = Record<string, Record<string, string>>;

/** By the schema's id and the field's name; under the empty name what is said of the schema itself. */
export function wordsOfContract(): Words {
  const files = readdirSync(CONTRACT).filter((name) => name.endsWith('.ts'));
  const found = files.flatMap((name) => wordsOf(name, readFileSync(join(CONTRACT, name), 'utf8')));
  return Object.fromEntries(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function wordsOf(name: string, source: string): [string, Record<string, string>][] {
  const { program, comments } = parseSync(name, source);
  /** What the comment says that ends where a node begins, with nothing but space between. */
  const above = ({ start }: Node): string | undefined => {
    const comment = comments.findLast(({ end }) => end <= start);
    if (!comment?.value.startsWith('*') || source.slice(comment.end, start).trim() !== '') return undefined;
    return comment.value
      .replaceAll(/^\s*\*+ ?/gm, '')
      .replaceAll(/\s+/g, ' ')
      .trim();
  };
  return (program.body as unknown as Node[]).flatMap((statement): [string, Record<string, string>][] => {
    const declaration = statement.declaration as Node | null | undefined;
    if (statement.type !== 'ExportNamedDeclaration' || declaration?.type !== 'VariableDeclaration') return [];
    const { id, fields } = schemaOf((declaration.declarations as Node[])[0]!.init as Node);
    if (id === undefined) return [];
    const entries = [['', above(statement)] as const, ...fields.map((field) => [nameOf(field), above(field)] as const)];
    const words = entries.filter((entry): entry is [string, string] => entry[1] !== undefined);
    return words.length === 0 ? [] : [[id, Object.fromEntries(words)]];
  });
}

/** Of `z.object({…})….meta({ id })`, from the last call back to the first. */
function schemaOf(init: Node | null): { id: string | undefined; fields: readonly Node[] } {
  let id: string | undefined;
  let fields: readonly Node[] = [];
  for (let node = init; node?.type === 'CallExpression'; ) {
    const callee = node.callee as Node;
    const [first] = node.arguments as Node[];
    const method = nameOf({ ...callee, key: callee.property });
    const properties = first?.type === 'ObjectExpression' ? (first.properties as Node[]) : [];
    if (method === 'meta') id = properties.map(({ value }) => (value as Node | undefined)?.value as string).at(0);
    if (['object', 'strictObject', 'looseObject', 'extend'].includes(method)) fields = [...properties, ...fields];
    node = callee.object as Node | null;
  }
  return { id, fields };
}

function nameOf({ key }: Node): string {
  const { name, value } = (key ?? {}) as { name?: string; value?: string };
  return name ?? value ?? '';
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(WORDS, `${JSON.stringify(wordsOfContract(), null, 2)}\n`);
