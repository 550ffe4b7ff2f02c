import { randomBytes } from 'node:crypto';
import { exportPage as exportRoute } from '@tidemark/api/contract/archive';
import { routes } from '@tidemark/api/contract/index';
import { type Client, createClient } from '@tidemark/client';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { config, freshName } from './documents.ts';
import type { Open, TestServer } from './server.ts';

const URL_OF_TESTS = 'http://tidemark.test';
const nextId = () => randomBytes(32).toString('hex');

/** A run as the property test writes it. */
const Plan = fc.record({
  experiment: fc.constantFrom<string>('first', 'second'),
  queued: fc.boolean(),
  params: fc.dictionary(
    fc.stringMatching(/^[a-z]{1,4}$/),
    fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
    ),
    { maxKeys: 4 },
  ),
  tags: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.string({ maxLength: 20 }), { maxKeys: 3 }),
  note: fc.string({ maxLength: 40 }),
  points: fc.array(
    fc.tuple(fc.constantFrom('loss', 'acc/val', 'x'), fc.integer({ min: -50, max: 5000 }), fc.double()),
    { maxLength: 60 },
  ),
  lines: fc.array(fc.string({ maxLength: 30 }), { maxLength: 4 }),
  artifact: fc.option(fc.uint8Array({ maxLength: 200 })),
  ending: fc.constantFrom('finished' as const, 'failed' as const, null),
  trashed: fc.boolean(),
});
type Plan = typeof Plan extends fc.Arbitrary<infer T> ? T : never;

export function suite(open: Open): void {
  describe('archive', () => {
    const servers: TestServer[] = [];
    afterAll(() => Promise.all(servers.map((server) => server.close())));
    async function project(): Promise<{ server: TestServer; client: Client }> {
      const server = await open();
      servers.push(server);
      const token = await server.token('admin');
      const client = createClient({
        url: URL_OF_TESTS,
        token,
        fetch: (input, init) => server.fetch(String(input).slice(URL_OF_TESTS.length), init),
      });
      return { server, client };
    }
    let from: Awaited<ReturnType<typeof project>>;
    beforeAll(async () => {
      from = await project();
    });

    async function write({ client }: { client: Client }, plan: Plan): Promise<string> {
      const { experiment, queued, params, tags, note, points, lines, artifact, ending, trashed } = plan;
      const body = { experiment, params, tags, note, ...(queued ? { config: config() } : {}) };
      const { id, session } = await client.call(routes.createRun, { body });
      if (session) {
        const series = points.map(([key, step, value]) => ({
          key,
          steps: [step],
          times: [1_764_000_000_000 + step],
          values: [Number.isFinite(value) ? value : (String(value) as 'NaN')],
        }));
        const said = lines.map((text) => ({ at: 1_764_000_000_000, level: 'info' as const, text }));
        await client.call(routes.logRun, { params: { id }, body: { series, lines: said } });
      }
      if (artifact) await client.call(routes.putArtifact, { params: { id, path: 'a/b.bin' }, body: artifact });
      const { attempt, token } = session ?? {};
      if (attempt !== undefined && token !== undefined && ending) {
        const finish = { attempt, token, finalSeq: 0, outcome: ending };
        await client.call(routes.finishRun, { params: { id }, body: finish });
        if (trashed) await client.call(routes.deleteRun, { params: { id } });
      }
      return id;
    }

    interface Exported {
      pages: string[];
      blobs: Map<string, Uint8Array>;
    }
    async function exported(
      { client }: { client: Client },
      query: { runs?: string; experiment?: number } = {},
    ): Promise<Exported> {
      const pages: string[] = [];
      const blobs = new Map<string, Uint8Array>();
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const response = await client.call(exportRoute, { query: cursor === undefined ? query : { ...query, cursor } });
        const text = await response.text();
        pages.push(text);
        const last = JSON.parse(text.trimEnd().split('\n').at(-1)!) as {
          next: string | null;
          blobs: { digest: string; size: number }[];
        };
        for (const { digest, size } of last.blobs) {
          const bytes = new Uint8Array(await (await client.call(routes.getBlob, { params: { digest } })).arrayBuffer());
          expect(bytes.length).toBe(size);
          blobs.set(digest, bytes);
        }
        cursor = last.next;
      }
      return { pages, blobs };
    }

    async function imported(
      into: { client: Client },
      { pages, blobs }: Exported,
      { as = 'same' as 'same' | 'new', id = nextId() } = {},
    ) {
      const manifest = await from.client.call(routes.exportManifest, {});
      const params = { id };
      await into.client.call(routes.openImport, { params, body: { manifest, as } });
      for (const [index, page] of pages.entries()) {
        await into.client.call(routes.importPage, {
          params: { ...params, page: index + 1 },
          body: new TextEncoder().encode(page),
        });
      }
      for (const [digest, body] of blobs) await into.client.call(routes.putBlob, { params: { digest }, body });
      return into.client.call(routes.commitImport, { params, body: { pages: pages.length } });
    }

    /** What every read route says of a project's runs. */
    async function everything({ client }: { client: Client }) {
      const { experiments } = await client.call(routes.listExperiments);
      const listed = [];
      for (const deleted of ['false', 'true'] as const) {
        const { runs } = await client.call(routes.listRuns, { query: { deleted, limit: 1000, sort: 'created' } });
        listed.push(runs);
      }
      const runs = [];
      for (const { id, metrics } of listed.flat()) {
        const params = { id };
        const keys = Object.keys(metrics);
        runs.push({
          run: await client.call(routes.getRun, { params }),
          history: await (await client.call(routes.readHistory, { params })).text(),
          chart:
            keys.length === 0
              ? null
              : await client.call(routes.readMetrics, { query: { runs: id, keys, points: 20, axis: 'relative' } }),
          console: await client.call(routes.readConsole, { params }),
          artifacts: await client.call(routes.listArtifacts, { params }),
        });
      }
      return { experiments, listed, runs };
    }

    test('whatever a project holds, it holds after export and import, by every read route', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(Plan, { maxLength: 5 }), async (plans) => {
          const [here, there] = [await project(), await project()];
          for (const plan of plans) await write(here, { ...plan, ending: plan.ending ?? 'finished' });
          const archive = await exported(here);
          expect((await imported(there, archive)).runs).toBe(plans.length);
          expect(await everything(there)).toEqual(await everything(here));
        }),
        { numRuns: 8 },
      );
    });

    test('an empty project, one run, and a run twice', async () => {
      const there = await project();
      expect(await imported(there, await exported(there))).toEqual({ runs: 0, kept: [] });
      const id = await write(from, {
        experiment: freshName(),
        queued: false,
        params: { lr: 0.1 },
        tags: {},
        note: '',
        points: [['loss', 1, 0.5]],
        lines: ['hi'],
        artifact: new Uint8Array([1, 2, 3]),
        ending: 'finished',
        trashed: false,
      });
      const one = await exported(from, { runs: id });
      expect((await imported(there, one)).runs).toBe(1);
      const error = await imported(there, one).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'conflict', message: expect.stringContaining(id) });
      // As new it is another run of the same content, with the next number.
      expect((await imported(there, one, { as: 'new' })).runs).toBe(1);
      const { runs } = await there.client.call(routes.listRuns, {});
      expect(runs.map(({ ordinal }) => ordinal).sort()).toEqual([1, 2]);
      expect(new Set(runs.map(({ id }) => id)).size).toBe(2);
      expect(runs.every(({ metrics }) => metrics.loss?.count === 1)).toBe(true);
    });

    test('nothing is seen before the commit, and nothing stays of what is given up', async () => {
      const there = await project();
      const experiment = freshName();
      const id = await write(from, {
        experiment,
        queued: false,
        params: { lr: 0.1 },
        tags: { a: 'b' },
        note: '',
        points: [['loss', 1, 0.5]],
        lines: [],
        artifact: randomBytes(100),
        ending: 'finished',
        trashed: false,
      });
      const { pages, blobs } = await exported(from, { runs: id });
      const manifest = await from.client.call(routes.exportManifest, {});
      const params = { id: nextId() };
      const call = there.client.call;
      await call(routes.openImport, { params, body: { manifest } });
      const send = (page: number, text: string) =>
        call(routes.importPage, { params: { ...params, page }, body: new TextEncoder().encode(text) });
      await expect(send(2, pages[0]!)).rejects.toMatchObject({ code: 'conflict' });
      // Torn pages, rows of tables that no archive has, and columns that there are not change nothing.
      const lines = pages[0]!.trimEnd().split('\n');
      const last = lines.at(-1)!;
      for (const bad of [
        lines.slice(0, -1).join('\n'),
        pages[0]!.slice(0, -30),
        `{"table":"tokens","row":{"id":1}}\n${last}`,
        `{"table":"runs","row":{"id; DROP TABLE runs":1}}\n${last}`,
        `{"table":"params","row":{"run":7}}\n${lines[0]}`,
      ]) {
        await expect(send(1, bad)).rejects.toMatchObject({ code: 'invalid_request' });
      }
      await send(1, pages[0]!);
      expect(await send(1, pages[0]!)).toMatchObject({ nextPage: 2 });
      expect((await call(routes.listRuns, {})).runs).toEqual([]);
      // In the trash neither, and nobody takes it out of there or throws it away.
      const trash = { query: { deleted: 'true' } } as const;
      expect((await call(routes.listRuns, trash)).runs).toEqual([]);
      for (const touch of [
        () => call(routes.getRun, { params: { id } }),
        () => call(routes.restoreRun, { params: { id } }),
        () => call(routes.deleteRun, { params: { id } }),
      ])
        await expect(touch()).rejects.toMatchObject({ code: 'not_found' });
      expect(await call(routes.emptyTrash)).toEqual({ runs: 0 });
      await there.server.tick();
      const missing = call(routes.commitImport, { params, body: { pages: 1 } });
      await expect(missing).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining([...blobs.keys()][0]!),
      });
      await call(routes.abortImport, { params });
      expect((await call(routes.listRuns, { query: { deleted: 'true' } })).runs).toEqual([]);
      expect((await call(routes.listExperiments)).experiments).toEqual([]);
      await expect(call(routes.commitImport, { params, body: { pages: 1 } })).rejects.toMatchObject({
        code: 'not_found',
      });

      // One that nobody goes on with is given up after a day.
      await call(routes.openImport, { params, body: { manifest } });
      await send(1, pages[0]!);
      await there.server.advance(25 * 3_600_000);
      await there.server.tick();
      expect((await call(routes.listRuns, { query: { deleted: 'true' } })).runs).toEqual([]);
      // And after all that it still comes in.
      expect((await imported(there, { pages, blobs })).runs).toBe(1);
      expect((await call(routes.getRun, { params: { id } })).tags).toEqual({ a: 'b' });
    });

    test('a run that is being written is archived as far as it is, whatever becomes of its chunks meanwhile', async () => {
      const [here, there] = [await project(), await project()];
      const { id } = await here.client.call(routes.createRun, { body: { experiment: 'live' } });
      const log = async (first: number, count: number) => {
        const steps = Array.from({ length: count }, (_, i) => first + i);
        const series = [{ key: 'a', steps, times: steps, values: steps.map((step) => step / 2) }];
        await here.client.call(routes.logRun, { params: { id }, body: { series } });
      };
      for (let i = 0; i < 12; i++) await log(i * 1500, 1500);
      // Half of the archive is read, then the chunks become a part.
      const first = await (await here.client.call(exportRoute, { query: { runs: id } })).text();
      for (let i = 12; i < 40; i++) await log(i * 1500, 1500);
      const cursorAtSegments = btoa(JSON.stringify([9, null]));
      const rest = await (
        await here.client.call(exportRoute, { query: { runs: id, cursor: cursorAtSegments } })
      ).text();
      expect(rest).toContain('metric_segments');
      const count = JSON.parse(first.split('\n').find((line) => line.includes('"metric_series"'))!).row.count as number;
      expect(count).toBe(18_000);
      await imported(there, { pages: [first, rest], blobs: new Map() });
      const run = await there.client.call(routes.getRun, { params: { id } });
      expect(run).toMatchObject({
        status: 'failed',
        error: { code: 'exported_live' },
        metrics: { a: { count, last: (count - 1) / 2 } },
      });
      const { series } = await there.client.call(routes.readMetrics, { query: { runs: id, keys: 'a', points: 1000 } });
      expect(series[0]).toMatchObject({ total: count });
    });

    test('points that have moved into blobs are archived as they were, and move again where they come in', async () => {
      const [here, there] = [await project(), await project()];
      const { id, session } = await here.client.call(routes.createRun, { body: { experiment: 'moved' } });
      const { attempt, token } = session!;
      for (let i = 0; i < 16; i++) {
        const steps = Array.from({ length: 900 }, (_, j) => i * 900 + j);
        const series = [{ key: 'a', steps, times: steps, values: steps.map((step) => step / 2) }];
        await here.client.call(routes.logRun, { params: { id }, body: { series } });
      }
      await here.client.call(routes.finishRun, {
        params: { id },
        body: { attempt, token, finalSeq: 0, outcome: 'finished' },
      });
      const historyOf = async ({ client }: typeof here) =>
        (await client.call(routes.readHistory, { params: { id } })).text();
      const bytesOf = async ({ client }: typeof here) => (await client.call(routes.getStatus)).blobs.bytes;
      const before = await historyOf(here);
      const plain = await exported(here, { runs: id });
      await here.server.advance(90_000_000);
      await here.server.tick();
      expect(await bytesOf(here)).toBeGreaterThan(24 * 16 * 900);
      const moved = await exported(here, { runs: id });
      expect(moved.pages).toEqual(plain.pages);
      expect([...moved.blobs]).toEqual([]);
      await imported(there, moved);
      expect(await historyOf(there)).toBe(before);
      await there.server.advance(90_000_000);
      await there.server.tick();
      expect(await bytesOf(there)).toBeGreaterThan(24 * 16 * 900);
      expect(await historyOf(there)).toBe(before);
    });

    test('an archive of a newer Tidemark, or under another’s id, is refused', async () => {
      const manifest = await from.client.call(routes.exportManifest, {});
      const params = { id: nextId() };
      const newer = { ...manifest, schema: [...manifest.schema, '9999_time_travel'] };
      await expect(from.client.call(routes.openImport, { params, body: { manifest: newer } })).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('9999_time_travel'),
      });
      await from.client.call(routes.openImport, { params, body: { manifest } });
      await expect(
        from.client.call(routes.openImport, { params, body: { manifest, as: 'new' } }),
      ).rejects.toMatchObject({ code: 'conflict' });
    });
  });
}
