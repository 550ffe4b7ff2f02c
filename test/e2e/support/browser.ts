import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import axeCore from 'axe-core';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function find(): string | null {
  const asked = process.env.TIDEMARK_CHROMIUM;
  const paths = [
    ...(asked ? [asked] : []),
    ...(process.env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name))),
  ];
  for (const path of paths) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not this one.
    }
  }
  return null;
}

export const CHROMIUM = find();
/** In the name of each suite, so that what is skipped says why, and what to do about it. */
export const NEEDS = CHROMIUM
  ? 'in Chromium'
  : 'skipped: no Chromium on PATH (Debian: apt-get install chromium; or set TIDEMARK_CHROMIUM)';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Browser {
  context: BrowserContext;
  /** Everything the pages complained about. */
  complaints: string[];
  close(): Promise<void>;
}

/** A browser of its own, with a profile that nothing else has used. */
export async function openBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'tidemark-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM!,
    headless: true,
    args: FLAGS,
    viewport: { width: 1440, height: 900 },
    acceptDownloads: true,
  });
  const complaints: string[] = [];
  context.on('weberror', (error) => complaints.push(`${error.error().message}`));
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return {
    context,
    complaints,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

interface AxeResult {
  violations: { id: string; nodes: { target: string[]; failureSummary?: string }[] }[];
}

/** What axe-core finds on the page as it stands, one line a rule. */
export async function axe(page: Page): Promise<string[]> {
  await page.evaluate(axeCore.source);
  const result = await page.evaluate<AxeResult>('axe.run()');
  return result.violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.target.join(' ')} ${node.failureSummary ?? ''}`).join(' | ')}`,
  );
}
