import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';

interface Chunk {
  file: string;
  src?: string;
  isEntry?: boolean;
  imports?: string[];
  dynamicImports?: string[];
}

const out = mkdtempSync(join(tmpdir(), 'tidemark-web-'));
let manifest: Record<string, Chunk> = {};

beforeAll(async () => {
  const { build } = await import('vite');
  // Vitest's own `test` would bundle React's development build.
  process.env.NODE_ENV = 'production';
  const root = fileURLToPath(new URL('../../web/', import.meta.url));
  await build({
    root,
    mode: 'production',
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: out, emptyOutDir: true },
  });
  manifest = JSON.parse(readFileSync(join(out, '.vite', 'manifest.json'), 'utf8')) as Record<string, Chunk>;
}, 120_000);
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** Kilobytes, gzip, of these chunks and all that they import at once. */
function weight(keys: readonly string[]): number {
  const seen = new Set<string>();
  const visit = (key: string): void => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const next of manifest[key]?.imports ?? []) visit(next);
  };
  keys.forEach(visit);
  return (
    [...seen].reduce(
      (sum, key) => sum + gzipSync(readFileSync(join(out, manifest[key]!.file)), { level: 9 }).length,
      0,
    ) / 1000
  );
}

const page = (name: string): string => {
  const key = Object.keys(manifest).find((one) => one.endsWith(name));
  if (!key) throw new Error(`${name} is not a chunk of its own: ${Object.keys(manifest).join(', ')}`);
  return key;
};

test('no first screen needs more than 215 KB of script', () => {
  const screens = {
    home: [],
    login: ['pages/login/LoginPage.tsx'],
    experiments: ['pages/experiments/ExperimentsPage.tsx'],
    experiment: ['pages/experiment/ExperimentPage.tsx'],
    run: ['pages/run/RunPage.tsx'],
    queue: ['pages/queue/QueuePage.tsx'],
  };
  for (const [name, pages] of Object.entries(screens)) {
    const kilobytes = weight(['index.html', ...pages.map(page)]);
    console.log(`first screen, ${name}: ${kilobytes.toFixed(1)} KB gzip`);
    expect(kilobytes, name).toBeLessThanOrEqual(215);
  }
});

test('editor, palette and the pages that need them come on demand, within their budgets', () => {
  const first = weight(['index.html']);
  const extra = (keys: readonly string[]): number => weight(['index.html', ...keys.map(page)]) - first;
  const editor = extra(['pages/new-run/NewRunPage.tsx', 'pages/new-run/YamlEditor.tsx']);
  const overlays = extra(['components/Palette.tsx', 'components/KeySheet.tsx']);
  console.log(`new run with its editor: ${editor.toFixed(1)} KB; palette and key sheet: ${overlays.toFixed(1)} KB`);
  expect(editor).toBeLessThanOrEqual(200);
  expect(overlays).toBeLessThanOrEqual(75);
});

test('the page asks for its one font file at once, and for nothing from elsewhere', () => {
  const html = readFileSync(join(out, 'index.html'), 'utf8');
  const font = /<link[^>]*rel="preload"[^>]*href="([^"]+)"/.exec(html)?.[1];
  expect(font).toMatch(/^\/assets\/inter-latin-wght-normal-.*\.woff2$/);
  expect(readFileSync(join(out, font!)).length).toBeLessThan(60_000);
  expect(html).not.toMatch(/https?:\/\//);
  expect(html.indexOf('theme.js')).toBeLessThan(html.indexOf('type="module"'));
});
