import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PAGE_HEADERS } from '@tidemark/api/front/security';
import { VERSION } from '@tidemark/api/version';
import { describe, expect, test } from 'vitest';

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(root(path), 'utf8');

describe('what is deployed', () => {
  const toml = read('wrangler.toml');

  test('wrangler.toml names an entry that exists, and classes that it exports', () => {
    const main = /^main = "(.+)"$/m.exec(toml)![1]!;
    expect(existsSync(root(main))).toBe(true);
    const classes = [...toml.matchAll(/^class_name = "(.+)"$/gm)].map((match) => match[1]!);
    expect(classes.length).toBe(2);
    const exported = /export \{([^}]+)\}/.exec(read(main))![1]!;
    for (const name of classes) {
      expect(exported).toContain(name);
      expect(/^new_sqlite_classes = (.+)$/m.exec(toml)![1]).toContain(`"${name}"`);
    }
  });

  test('tests run with the compatibility date that is deployed', () => {
    const date = /^compatibility_date = "(.+)"$/m.exec(toml)![1];
    expect(read('test/support/open-workerd.ts')).toContain(`compatibilityDate: '${date}'`);
  });

  test('the dashboard has the same headers on the edge as on Node', () => {
    const blocks = read('web/public/_headers').split(/\n(?=\/)/);
    const all = blocks.find((block) => block.startsWith('/*'))!;
    const headers = Object.fromEntries(
      [...all.matchAll(/^ {2}([a-z-]+): (.+)$/gm)].map((match) => [match[1], match[2]]),
    );
    expect(headers).toEqual(PAGE_HEADERS);
    expect(blocks.find((block) => block.startsWith('/assets/*'))).toContain('immutable');
  });

  test('the version is the package’s', () => {
    expect(VERSION).toBe((JSON.parse(read('package.json')) as { version: string }).version);
  });
});
