import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkConfig } from '@tidemark/api/runs/config';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const examples = readdirSync(`${root}examples`, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yaml'),
);
const blocks = ['training.md', 'transfer.md'].flatMap((page) =>
  [...readFileSync(`${root}docs/${page}`, 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(
    ([, text]) => [page, text!] as const,
  ),
);

const issues = (text: string) => {
  const result = checkConfig(text);
  return result.ok ? [] : result.issues;
};

test.each(examples)('examples/%s is a config that is accepted', (name) => {
  expect(issues(readFileSync(`${root}examples/${name}`, 'utf8'))).toEqual([]);
});

test.each(blocks)('docs/%s: what it shows is accepted: %#', (_, text) => {
  const around = ['data: {path: x, validation_split: 0.2}', 'model: convnet', 'epochs: 20'];
  const missing = around.filter((line) => !new RegExp(`^${line.split(':')[0]}:`, 'm').test(text));
  expect(issues([...missing, text].join('\n')), text).toEqual([]);
});
