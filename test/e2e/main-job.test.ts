import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { axe, type Browser, CHROMIUM, NEEDS, openBrowser } from './support/browser.ts';
import { writeImages } from './support/images.ts';
import { type Product, startProduct } from './support/product.ts';

const config = (folder: string, epochs: number, rate: string): string => `data:
  path: ${folder}
  test: test
  image_size: [12, 12]
  color_mode: grayscale
  batch_size: 8
  validation_split: 0.25
augmentation: { width_shift_range: 0.1 }
model:
  layers:
    - { type: Conv2D, filters: 4, kernel_size: 3, activation: relu }
    - { type: Flatten }
    - { type: Dense, units: 1, activation: sigmoid }
optimizer: { name: Adam, learning_rate: ${rate} }
epochs: ${epochs}
device: cpu
`;

// One story: each test goes on where the one before it ended.
describe.skipIf(!CHROMIUM).sequential(`the main job, ${NEEDS}`, () => {
  let product: Product;
  let browser: Browser;
  let page: Page;
  let folder = '';
  const runs: string[] = [];

  beforeAll(async () => {
    product = await startProduct();
    folder = join(product.dataDir, 'images');
    writeImages(folder);
    browser = await openBrowser();
    page = browser.context.pages()[0] ?? (await browser.context.newPage());
    page.setDefaultTimeout(15_000);
  }, 120_000);
  let broken = false;
  beforeEach((context) => {
    if (broken) context.skip('an earlier part of the story failed');
  });
  afterEach(({ task }) => {
    broken ||= task.result?.state === 'fail';
  });
  afterAll(async () => {
    await browser?.close();
    await product?.close();
  });

  const write = async (text: string): Promise<void> => {
    await page.locator('.cm-content').click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText(text);
  };

  /** Presses Tab until what has the focus fits. */
  async function tabTo(selector: string): Promise<void> {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(`document.activeElement?.matches(${JSON.stringify(selector)})`)) return;
    }
    throw new Error(`Tab never reaches ${selector}`);
  }

  test('who is not logged in is asked for a token, and comes back to where he was', async () => {
    await page.goto(`${product.url}/queue?x=1`);
    await page.waitForURL('**/login?next=**');
    await page.getByLabel('Token').fill('tdm-not-a-token');
    await page.keyboard.press('Enter');
    await page.getByText('A token is `tdm`').waitFor();
    await page.getByLabel('Token').fill(product.token);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(`${product.url}/queue?x=1`);
    await page.getByText('Queue is empty.').waitFor();
    await browser.context.clearCookies();
  });

  test('the one-time link logs in; with no run yet, home says how to begin', async () => {
    // Refused calls are logged by the browser itself: those of the test above are meant.
    browser.complaints.length = 0;
    await page.goto(product.loginUrl);
    await page.getByRole('heading', { name: 'Start here' }).waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect((await browser.context.cookies()).find((cookie) => cookie.httpOnly)?.sameSite).toBe('Strict');
    await page.getByText('npx tidemark run submit cats.yaml').first().waitFor();
  });

  test('the form checks as one types, shows shapes, and queues the run', async () => {
    await page.getByRole('main').getByRole('link', { name: 'New run' }).click();
    await page.getByText('Fill in Experiment.').waitFor();
    await page.getByRole('combobox', { name: 'Experiment' }).fill('halves');
    await write(config(folder, 6, '0.01').replace('epochs: 6', 'epohcs: 6'));
    await page.getByText('Did you mean `epochs`?').waitFor();
    expect(await page.getByRole('button', { name: 'Queue run' }).isDisabled()).toBe(true);
    await write(config(folder, 6, '0.01').replace('kernel_size: 3', 'kernel_size: 30'));
    await page
      .getByText(/Layer 0 \(Conv2D\)/)
      .first()
      .waitFor();
    await write(config(folder, 6, '0.01'));
    await page.getByText('This config is valid.').waitFor();
    await page.getByText('(None, 10, 10, 4)').waitFor();
    await page.getByText('No live worker: the run will wait for one.').waitFor();
    await page.getByRole('button', { name: 'Queue run' }).click();
    await page.waitForURL('**/r/*');
    runs.push(new URL(page.url()).pathname.split('/')[2]!);
    await page.getByText(/^Waits: /).waitFor();
  });

  test('the queue says why it waits, and how to start a worker', async () => {
    await page.goto(`${product.url}/queue`);
    await page.getByText('1 waiting').waitFor();
    await page.getByText(/npx tidemark worker --api http/).waitFor();
  });

  test('a worker trains it, and the curve moves by itself', async () => {
    await page.goto(`${product.url}/e/1`);
    await page.getByRole('row', { name: /#1/ }).getByText('queued').waitFor();
    product.work();
    const points = page.locator('section[aria-label="val_loss"] footer');
    await points.getByText(/exact · [1-9]\d* point/).waitFor({ timeout: 60_000 });
    const first = Number(/\d+/.exec((await points.textContent()) ?? '')?.[0]);
    await page.getByRole('row', { name: /#1/ }).getByText('finished').waitFor({ timeout: 60_000 });
    await points.getByText('exact · 6 points').waitFor();
    expect(first).toBeLessThanOrEqual(6);
    const painted = await page
      .locator('section[aria-label="val_loss"] canvas')
      .first()
      .evaluate((canvas) => {
        const { width, height } = canvas as unknown as { width: number; height: number };
        const context = (
          canvas as unknown as {
            getContext(kind: '2d'): { getImageData(...box: number[]): { data: Uint8ClampedArray } };
          }
        ).getContext('2d');
        const { data } = context.getImageData(0, 0, width, height);
        let blue = 0;
        for (let i = 0; i < data.length; i += 4) if (data[i + 3]! > 200 && data[i + 2]! > 180 && data[i]! < 60) blue++;
        return blue;
      });
    expect(painted).toBeGreaterThan(50);
  });

  test('a second run from the first, with one value changed and the difference shown', async () => {
    await page.goto(`${product.url}/new?from=${runs[0]}`);
    await page.getByText('this would be the same run again').waitFor();
    await write(config(folder, 8, '0.001'));
    await page.getByText('optimizer.learning_rate').waitFor();
    await page.getByText(/1 worker matches/).waitFor();
    await page.getByRole('button', { name: 'Queue run' }).click();
    await page.waitForURL((url) => url.pathname.startsWith('/r/') && !url.pathname.includes(runs[0]!));
    runs.push(new URL(page.url()).pathname.split('/')[2]!);
    await page.getByRole('heading', { level: 1 }).getByText('#2').waitFor();
    await page.locator('header').getByText('finished').waitFor({ timeout: 60_000 });
  });

  test('both are compared: one colour each, in table and chart, and only what differs', async () => {
    await page.goto(`${product.url}/e/1`);
    await page.locator('section[aria-label="val_loss"] footer').getByText('exact · 14 points').waitFor();
    const stroke = (row: number) =>
      page
        .getByRole('row', { name: new RegExp(`#${row} `) })
        .locator('line')
        .evaluate((line) => (line as unknown as { style: { stroke: string } }).style.stroke);
    expect([await stroke(1), await stroke(2)]).toEqual(['var(--s1)', 'var(--s2)']);
    await page.getByRole('switch', { name: /Show/ }).first().click();
    await page.locator('section[aria-label="val_loss"] footer').getByText('exact · 6 points').waitFor();
    expect(page.url()).toContain('show=1');
    expect(await stroke(1)).toBe('var(--s1)');
    await page.goBack();
    await page.locator('section[aria-label="val_loss"] footer').getByText('exact · 14 points').waitFor();
    await page.getByRole('link', { name: 'Diff' }).click();
    const table = page.getByRole('region', { name: 'Config differences' });
    await table.getByText('optimizer.learning_rate').waitFor();
    expect(await table.getByRole('rowheader').allTextContents()).toEqual(['optimizer.learning_rate', 'epochs']);
    await page.getByLabel('only differences').uncheck();
    await table.getByText('data.batch_size').waitFor();
  });

  test('the best checkpoint comes down whole', async () => {
    await page.goto(`${product.url}/r/${runs[1]}`);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^halves-2-epoch-\d+\.ckpt$/);
    const bytes = readFileSync(await download.path());
    const digest = createHash('sha256').update(bytes).digest('hex');
    await page.goto(`${product.url}/r/${runs[1]}/checkpoints`);
    await page.locator('code[title]').first().waitFor();
    const titles = await page
      .locator('code[title]')
      .evaluateAll((codes) => codes.map((code) => (code as unknown as { title: string }).title));
    expect(titles).toContain(digest);
  });

  test('the run page draws gallery, layers, test report and log', async () => {
    await page.goto(`${product.url}/r/${runs[1]}/data`);
    const gallery = page.getByAltText(/^Eight training images/);
    await expect
      .poll(() => gallery.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
      .toBeGreaterThan(40);
    await page.getByText('train/above').waitFor();
    await page.goto(`${product.url}/r/${runs[1]}/predictions`);
    await page.getByRole('columnheader', { name: 'said above' }).waitFor();
    await page.goto(`${product.url}/r/${runs[1]}/config`);
    await page.getByRole('rowheader', { name: /conv2d/ }).waitFor();
    await page.goto(`${product.url}/r/${runs[1]}/logs`);
    await page
      .getByRole('log')
      .getByText(/2 classes/)
      .waitFor();
  });

  test('by keyboard alone: filter, hide and show a run, open it, download its checkpoint', async () => {
    await page.goto(`${product.url}/e/1`);
    await page.getByRole('row', { name: /#2 / }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('metrics.val_loss.min < 100 and params.epochs = 8');
    await page.keyboard.press('Enter');
    await page.getByText('1 shown · auto of 1').waitFor();
    await tabTo('[role=row]');
    await page.keyboard.press('x');
    await page.getByText('All runs are hidden.').waitFor();
    await page.keyboard.press('x');
    await page.locator('section[aria-label="val_loss"] footer').getByText('exact · 8 points').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/r/${runs[1]}`);
    await page.getByRole('heading', { level: 1 }).getByText('#2').waitFor();
    await page.keyboard.press('4');
    await page.waitForURL('**/checkpoints');
    await page.locator('code[title]').first().waitFor();
    await tabTo('a[aria-label^="Download the checkpoint"]');
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(download.suggestedFilename()).toMatch(/\.ckpt$/);
    await page.keyboard.press('ControlOrMeta+k');
    await page.getByRole('combobox').pressSequentially('@hal');
    await page.getByRole('option', { name: /halves/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/e/1-halves');
  });

  test('a run that another registers waits above the table, and moves nothing', async () => {
    await page.goto(`${product.url}/e/1`);
    await page.getByRole('row', { name: /#2 / }).waitFor();
    const places = () =>
      page.getByRole('row').evaluateAll((rows) => rows.map((row) => JSON.stringify(row.getBoundingClientRect())));
    const before = await places();
    const reply = await fetch(`${product.url}/api/v1/runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${product.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ experiment: 'halves', config: config(folder, 1, '0.01'), requires: ['nobody-has-this'] }),
    });
    expect(reply.status).toBe(201);
    const pill = page.getByRole('button', { name: '1 new run ↑' });
    await pill.waitFor({ timeout: 20_000 });
    expect(await places()).toEqual(before);
    await pill.click();
    await page.getByRole('row', { name: /#3 / }).waitFor();
    await page.goto(`${product.url}/queue`);
    await page
      .getByText(/nobody-has-this/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Cancel #3' }).click();
    await page.getByText('Queue is empty.').waitFor();
  });

  test('a name, a note and a tag are kept; what was deleted comes back, by Undo and from its page', async () => {
    await page.goto(`${product.url}/r/${runs[0]}`);
    await page.getByTitle('Name of the run: click to change').click();
    await page.getByRole('textbox', { name: 'Name of the run' }).fill('calm-heron');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1 }).getByText('calm-heron').waitFor();
    await page.getByRole('button', { name: 'Click to write a note' }).click();
    await page.getByRole('textbox', { name: 'Note' }).fill('the first one');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('textbox', { name: 'New tag' }).fill('team=vision');
    await page.keyboard.press('Enter');
    await page.getByText('team=vision').waitFor();
    await page.reload();
    for (const kept of ['calm-heron', 'the first one', 'team=vision']) await page.getByText(kept).first().waitFor();
    await page.getByRole('button', { name: 'Run menu' }).click();
    await page.getByRole('menuitem', { name: /^Delete/ }).click();
    const trash = page.getByText('This run is in the trash');
    await trash.waitFor();
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await trash.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Run menu' }).click();
    await page.getByRole('menuitem', { name: /^Delete/ }).click();
    await trash.waitFor();
    // The toast is gone by then: the page itself has the way back.
    await page.reload();
    await page.getByRole('button', { name: 'Restore' }).click();
    await trash.waitFor({ state: 'detached' });
  });

  test('no page complained', () => {
    expect(browser.complaints).toEqual([]);
  });

  test('an order that does not exist is refused once, with the way back; so is an address that names no run', async () => {
    await page.goto(`${product.url}/e/1?sort=bogus`);
    await page.getByText('there is no field bogus').waitFor();
    expect(await page.getByText('there is no field bogus').count()).toBe(1);
    await page.getByRole('button', { name: 'Newest first' }).click();
    await page.getByRole('row', { name: /#1/ }).waitFor();
    await page.goto(`${product.url}/r/zzz`);
    await page.getByText('No run zzz in this project.').waitFor();
    browser.complaints.length = 0;
  });

  test('axe finds nothing, light or dark, wide or on a phone, and no page scrolls sideways', async () => {
    const paths = [
      '/',
      '/e',
      '/e/1',
      '/e/1?tab=diff',
      '/queue',
      '/workers',
      '/settings/tokens',
      '/new',
      '/login',
      '/nowhere',
    ];
    for (const tab of ['', '/charts', '/config', '/checkpoints', '/artifacts', '/data', '/logs', '/predictions'])
      paths.push(`/r/${runs[1]}${tab}`);
    const found: string[] = [];
    for (const [width, height, colorScheme] of [
      [1440, 900, 'light'],
      [390, 844, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      for (const path of paths) {
        await page.goto(product.url + path, { waitUntil: 'networkidle' });
        for (const violation of await axe(page)) found.push(`${path} ${width} ${colorScheme}: ${violation}`);
        if (await page.evaluate('document.documentElement.scrollWidth > innerWidth'))
          found.push(`${path} scrolls sideways at ${width}`);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${product.url}/e/1`, { waitUntil: 'networkidle' });
    for (const [name, open, shown] of [
      ['palette', () => page.keyboard.press('ControlOrMeta+k'), page.getByRole('dialog')],
      ['keys', () => page.keyboard.press('?'), page.getByRole('heading', { name: 'Keys' })],
      ['eye menu', () => page.getByRole('button', { name: 'Which runs are shown' }).click(), page.getByRole('menu')],
    ] as const) {
      await open();
      await shown.waitFor();
      for (const violation of await axe(page)) found.push(`${name}: ${violation}`);
      await page.keyboard.press('Escape');
      await shown.waitFor({ state: 'detached' });
    }
    expect(found).toEqual([]);
  }, 180_000);
});
