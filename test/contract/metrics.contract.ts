import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName, type RunBody, series } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

interface Chart {
  axis: string;
  grid: { origin: number; width: number; count: number } | null;
  unplaced: string[];
  series: ({
    run: string;
    key: string;
    total: number;
    shown: number;
    exact: boolean;
    x: number[];
    step: number[];
    value: (number | string)[];
  } & {
    [key: string]: unknown;
  })[];
}

export function suite(open: Open): void {
  describe('metrics', () => {
    let server: TestServer;
    let user: Caller;

    beforeAll(async () => {
      server = await open();
      user = await Caller.of(server, 'write');
    });
    afterAll(() => server.close());

    const start = () =>
      user.ok<RunBody & { session: { attempt: number; token: string } }>('POST', '/runs', { experiment: freshName() });
    const log = (run: string, ...all: Json[]) => user.ok('POST', `/runs/${run}/log`, { series: all });
    const read = (query: Record<string, string | number>) =>
      user.ok<Chart>(
        'GET',
        `/metrics?${new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)] as [string, string]))}`,
      );

    test('what is told of an ended run, and its params, are the numbers that were sent, to the last bit', async () => {
      // Twelve thousand doubles of every size, by their bits: of their digits SQLite misreads some.
      const doubles = new Float64Array(
        new Uint32Array(24_000).map((_, i) => Math.imul(i + 1, 0x9e3779b1) ^ (i << 7)).buffer,
      );
      const finite = [...doubles].filter(Number.isFinite);
      const columns = [0, 1, 2, 3].map((part) => finite.filter((_, i) => i % 4 === part));
      for (const values of columns) {
        const params = Object.fromEntries(values.slice(0, 1000).map((value, i) => [`p${i}`, value]));
        const run = await user.ok<RunBody & { session: { attempt: number; token: string } }>('POST', '/runs', {
          experiment: freshName(),
          params,
        });
        for (let from = 0; from < values.length; from += 1000) {
          await log(run.id, ...values.slice(from, from + 1000).map((value, i) => series(`m${from + i}`, [[1, value]])));
        }
        const { attempt, token } = run.session;
        await user.ok('POST', `/runs/${run.id}/finish`, { attempt, token, finalSeq: 0, outcome: 'finished' });
        const told = await user.ok<{
          params: object;
          metrics: Record<string, { last: number; min: number; max: number }>;
        }>('GET', `/runs/${run.id}`);
        expect(told.params).toEqual(params);
        const metrics = values.map((_, i) => told.metrics[`m${i}`]!);
        expect(metrics.map(({ last }) => last)).toEqual(values);
        expect(metrics.map(({ min }) => min)).toEqual(values);
        expect(metrics.map(({ max }) => max)).toEqual(values);
      }
    });

    test('a short series is exact; NaN, infinities and −0 are kept', async () => {
      const run = await start();
      await log(
        run.id,
        series('loss', [
          [1, 0.5],
          [2, 'NaN'],
          [3, 'Infinity'],
          [4, '-Infinity'],
          [5, 5e-324],
        ]),
      );
      const { series: shown, grid } = await read({ runs: run.id, keys: 'loss' });
      expect(grid).toBeNull();
      expect(shown).toMatchObject([
        {
          exact: true,
          total: 5,
          shown: 5,
          step: [1, 2, 3, 4, 5],
          value: [0.5, 'NaN', 'Infinity', '-Infinity', 5e-324],
        },
      ]);
      const { metrics } = await user.ok<RunBody>('GET', `/runs/${run.id}`);
      expect(metrics.loss).toMatchObject({ count: 5, last: 5e-324, min: 5e-324, max: 0.5 });
    });

    test('runs of one chart share one grid, which keeps every extreme; zooming in is exact', async () => {
      const [a, b] = [await start(), await start()];
      const wave = (n: number, spike: number): [number, number][] =>
        Array.from({ length: n }, (_, i) => [i, i === spike ? 1000 : Math.sin(i / 50)]);
      await log(a.id, series('loss', wave(10_000, 7777)));
      await log(b.id, series('loss', wave(2000, 3)), series('other', [[1, 1]]));
      const chart = await read({ runs: `${a.id},${b.id}`, keys: 'loss,other', points: 100 });
      // The narrowest of the aligned widths of which a hundred reach.
      expect(chart.grid).toEqual({ origin: 0, width: 112, count: 90 });
      expect(chart.series.map(({ run, key, total, shown, exact }) => [run === a.id, key, total, shown, exact])).toEqual(
        [
          [true, 'loss', 10_000, 90, false],
          [false, 'loss', 2000, 18, false],
          [false, 'other', 1, 1, true],
        ],
      );
      for (const { max } of chart.series.slice(0, 2)) expect(Math.max(...(max as number[]))).toBe(1000);
      const zoomed = await read({ runs: `${a.id},${b.id}`, keys: 'loss', points: 100, from: 7700, to: 7790 });
      expect(zoomed.series.map(({ total, exact }) => [total, exact])).toEqual([
        [91, true],
        [0, true],
      ]);
      expect(zoomed.series[0]!.value[77]).toBe(1000);
      expect(await read({ runs: `${a.id},${b.id}`, keys: 'loss,other', points: 100 })).toEqual(chart);
    });

    test('a large batch, many batches and an ended run read the same', async () => {
      const run = await start();
      const { attempt, token } = run.session;
      let seq = 0;
      let step = 0;
      for (const size of [...Array<number>(30).fill(40), 3000, ...Array<number>(20).fill(40)]) {
        const points = Array.from({ length: size }, (): [number, number] => [++step, step / 7]);
        await user.ok('POST', `/runs/${run.id}/log`, {
          attempt,
          token,
          firstSeq: ++seq,
          lastSeq: seq,
          series: [series('loss', points)],
        });
      }
      const live = await read({ runs: run.id, keys: 'loss', points: 5000 });
      expect(live.series[0]!.step).toEqual(Array.from({ length: step }, (_, i) => i + 1));
      expect(live.series[0]!.value.at(-1)).toBe(step / 7);
      await user.ok('POST', `/runs/${run.id}/finish`, { attempt, token, finalSeq: seq, outcome: 'finished' });
      expect(await read({ runs: run.id, keys: 'loss', points: 5000 })).toEqual(live);
    });

    test('a long run is drawn from its chapters as its points say', async () => {
      const run = await start();
      const { attempt, token } = run.session;
      const [BATCHES, SIZE] = [52, 700];
      const valueAt = (step: number) => (step * 31) % 1009;
      for (let batch = 0; batch < BATCHES; batch++) {
        const points = Array.from({ length: SIZE }, (_, i): [number, number] => {
          const step = batch * SIZE + i;
          return [step, valueAt(step)];
        });
        const seq = { firstSeq: batch + 1, lastSeq: batch + 1 };
        await user.ok('POST', `/runs/${run.id}/log`, { attempt, token, ...seq, series: [series('loss', points)] });
      }
      for (const [from, to] of [
        [0, BATCHES * SIZE - 1],
        [20_000, 30_001],
      ] as const) {
        const chart = await read({ runs: run.id, keys: 'loss', points: 10, from, to });
        const { origin, width } = chart.grid!;
        const buckets = new Map<number, number[]>();
        for (let step = from; step <= to; step++) {
          const bucket = Math.floor((step - origin) / width);
          const list = buckets.get(bucket) ?? [];
          list.push(valueAt(step));
          buckets.set(bucket, list);
        }
        const lists = [...buckets.values()];
        expect(chart.series[0]).toMatchObject({
          total: to - from + 1,
          count: lists.map(({ length }) => length),
          first: lists.map((list) => list[0]),
          value: lists.map((list) => list.at(-1)),
          min: lists.map((list) => Math.min(...list)),
          max: lists.map((list) => Math.max(...list)),
        });
      }
    });

    test('points of a run that ended a day ago move into blobs, and read as before', async () => {
      const own = await open();
      try {
        const writer = await Caller.of(own, 'write');
        const token = await own.token('read');
        const { id, session } = await writer.ok<RunBody & { session: { attempt: number; token: string } }>(
          'POST',
          '/runs',
          { experiment: freshName() },
        );
        const { attempt, token: writing } = session;
        const held = { attempt, token: writing };
        const [BATCHES, SIZE] = [20, 700];
        for (let batch = 0; batch < BATCHES; batch++) {
          const points = Array.from({ length: SIZE }, (_, i): [number, number | string] => {
            const step = batch * SIZE + i;
            return [step, step % 101 === 7 ? 'NaN' : (step * 31) % 1009];
          });
          const seq = { firstSeq: batch + 1, lastSeq: batch + 1 };
          const all = [series('loss', points), series('acc', points.slice(0, 90))];
          await writer.ok('POST', `/runs/${id}/log`, { ...held, ...seq, series: all });
        }
        await writer.ok('POST', `/runs/${id}/finish`, { ...held, finalSeq: BATCHES, outcome: 'finished' });
        const told = async () => {
          const headers = { authorization: `Bearer ${token}` };
          const text = async (path: string) => (await own.fetch(`/api/v1${path}`, { headers })).text();
          const keys = 'loss,acc';
          return [
            await text(`/runs/${id}/history`),
            await text(`/metrics?runs=${id}&keys=${keys}&points=5000&from=2000&to=6900`),
            await text(`/metrics?runs=${id}&keys=${keys}&points=50`),
            await text(`/metrics?runs=${id}&keys=${keys}&points=400&from=3333&to=3700`),
          ];
        };
        const blobBytes = async () => (await writer.ok<{ blobs: { bytes: number } }>('GET', '/status')).blobs.bytes;
        const before = await told();
        expect(before[0]!.trimEnd().split('\n')).toHaveLength(BATCHES * (SIZE + 90));
        await own.advance(86_399_000);
        await own.tick();
        expect(await blobBytes()).toBe(0);
        await own.advance(3_700_000);
        // Some steps, then nothing is left to do.
        for (let steps = 0; steps < 4; steps++) {
          await own.tick();
          expect(await told()).toEqual(before);
        }
        await own.advance(3_700_000);
        await own.tick();
        expect(await blobBytes()).toBeGreaterThan(24 * BATCHES * SIZE);
        expect(await told()).toEqual(before);
        expect(await own.rowsWritten(() => own.tick())).toBe(0);
      } finally {
        await own.close();
      }
    });

    test('the history of a run is told in full, as lines of JSON or CSV', async () => {
      const run = await start();
      const points = Array.from({ length: 2500 }, (_, i): [number, number | string] => [i, i === 7 ? 'NaN' : i / 8]);
      await log(run.id, series('loss', points), series('val/loss', [[3, '-Infinity']]));
      await log(run.id, series('loss', [[2500, 1e-300]]));
      const { attempt, token } = run.session;
      await user.ok('POST', `/runs/${run.id}/finish`, { attempt, token, finalSeq: 0, outcome: 'finished' });
      const told = async (query: string) => {
        const headers = { authorization: `Bearer ${await server.token('read')}` };
        const response = await server.fetch(`/api/v1/runs/${run.id}/history${query}`, { headers });
        return { type: response.headers.get('content-type'), text: await response.text() };
      };
      const { type, text } = await told('');
      expect(type).toBe('application/x-ndjson');
      const lines = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { key: string; step: number; value: number | string });
      expect(lines.filter(({ key }) => key === 'loss').map(({ step, value }) => [step, value])).toEqual([
        ...points,
        [2500, 1e-300],
      ]);
      expect(lines.filter(({ key }) => key !== 'loss')).toMatchObject([
        { key: 'val/loss', step: 3, value: '-Infinity' },
      ]);
      const csv = await told('?format=csv&keys=loss&from=6&to=8');
      expect(csv.type).toMatch(/^text\/csv/);
      expect(csv.text.split('\r\n').map((line) => line.replace(/,\d+,([^,]*)$/, ',$1'))).toEqual([
        'key,step,time,value',
        'loss,6,0.75',
        'loss,7,NaN',
        'loss,8,1',
        '',
      ]);
      expect(await user.fails('GET', `/runs/${'0'.repeat(32)}/history`)).toMatchObject({ status: 404 });
      expect(await user.fails('GET', `/runs/${run.id}/history?format=xml`)).toMatchObject({ status: 400 });
    });

    test('axis epoch interpolates the run’s own epochs; a run that logged none has no place', async () => {
      const [placed, unplaced] = [await start(), await start()];
      await log(
        placed.id,
        series('batch/loss', [
          [5, 1],
          [10, 1],
          [15, 1],
          [20, 1],
          [25, 1],
        ]),
        series('epoch', [
          [10, 1],
          [20, 2],
        ]),
      );
      await log(unplaced.id, series('batch/loss', [[5, 1]]));
      const chart = await read({ runs: `${placed.id},${unplaced.id}`, keys: 'batch/loss', axis: 'epoch' });
      expect(chart.unplaced).toEqual([unplaced.id]);
      expect(chart.series.map(({ x }) => x)).toEqual([[0.5, 1, 1.5, 2, 2.5]]);
    });

    test('axes wall and relative', async () => {
      const run = await start();
      const t0 = server.now();
      await log(
        run.id,
        series('loss', [
          [1, 1, t0 + 500],
          [2, 2, t0 + 2500],
        ]),
      );
      expect((await read({ runs: run.id, keys: 'loss', axis: 'wall' })).series[0]!.x).toEqual([t0 + 500, t0 + 2500]);
      expect((await read({ runs: run.id, keys: 'loss', axis: 'relative' })).series[0]!.x).toEqual([0.5, 2.5]);
    });

    test('a run may have many keys, up to a limit', async () => {
      const run = await start();
      const many = (from: number, to: number) =>
        Array.from({ length: to - from }, (_, i) => series(`key ${from + i}`, [[1, i]]));
      await log(run.id, ...many(0, 3000));
      const chart = await read({ runs: run.id, keys: 'key 0,key 2999' });
      expect(chart.series.map(({ value }) => value)).toEqual([[0], [2999]]);
      const long = Array.from({ length: 3400 }, (_, i) => series(`${i}`.padEnd(250, 'x'), [[1, i]]));
      // Too many keys; and too many bytes of them.
      for (const more of [many(3000, 12_001), long]) {
        expect(await user.fails('POST', `/runs/${run.id}/log`, { series: more })).toMatchObject({
          status: 413,
          code: 'too_large',
        });
      }
      expect(Object.keys((await user.ok<RunBody>('GET', `/runs/${run.id}`)).metrics)).toHaveLength(3000);
    });

    test.each<[string, string, string]>([
      ['no run', 'keys=loss', 'runs'],
      ['no key', 'runs=RUN', 'keys'],
      ['an id that is none', 'runs=x&keys=loss', 'runs'],
      ['too many points', 'runs=RUN&keys=loss&points=9999', 'points'],
      ['an unknown axis', 'runs=RUN&keys=loss&axis=time', 'axis'],
      ['a from that is no number', 'runs=RUN&keys=loss&from=a', 'from'],
    ])('refuses %s', async (_what, query, name) => {
      const error = await user.fails('GET', `/metrics?${query.replace('RUN', (await start()).id)}`);
      expect(error).toMatchObject({ status: 400, code: 'invalid_request' });
      expect(error.details![0]!.path.slice(0, 2)).toEqual(['query', name]);
    });

    test('an unknown run is not found; too much at once is refused', async () => {
      expect(await user.fails('GET', `/metrics?runs=${'0'.repeat(32)}&keys=loss`)).toMatchObject({
        status: 404,
        code: 'not_found',
      });
      const keys = Array.from({ length: 200 }, (_, i) => `k${i}`).join();
      const runs = Array.from({ length: 3 }, (_, i) => String(i).repeat(32)).join();
      expect(await user.fails('GET', `/metrics?runs=${runs}&keys=${keys}&points=5000`)).toMatchObject({
        status: 400,
        details: [{ path: ['query', 'points'] }],
      });
    });
  });
}
