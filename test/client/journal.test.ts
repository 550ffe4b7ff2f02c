import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { RunId } from '@tidemark/api/contract/common';
import { Journal } from '@tidemark/client/node/journal';
import { toParams } from '@tidemark/client/node/params';
import { Points } from '@tidemark/client/node/points';
import { newRunId } from '@tidemark/client/node/run-id';
import { Sender } from '@tidemark/client/node/sender';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Ledger } from './ledger.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-journal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const fresh = (segmentBytes?: number) => {
  const path = join(folder, `${files++}.journal`);
  const start = { url: 'http://ledger', project: null, create: { id: 'a'.repeat(32) } };
  return { path, journal: Journal.create(path, start, segmentBytes) };
};
/** A journal's segments that are there, and whatever else it left. */
const filesOf = (path: string) => readdirSync(folder).filter((name) => name.startsWith(basename(path)));
const point = (step: number) => ({ step, time: 1, values: { loss: step / 2 } });
const body = (key: string, ...steps: number[]) => ({
  series: [{ key, steps, times: steps.map(() => 1), values: steps.map((step) => step / 2) }],
});

describe('Journal', () => {
  test('reads back what was written, its end included', () => {
    const { path, journal } = fresh();
    journal.begin({ attempt: 1, token: 't', ackedSeq: 0, nextSeconds: 5 });
    journal.log(body('loss', 1, 2));
    journal.log(body('loss', 3));
    journal.log(body('acc', 3));
    journal.ack(1);
    journal.end({ outcome: 'finished' });
    journal.close();
    const again = Journal.open(path)!;
    expect(again).toMatchObject({ acked: 1, lastSeq: 3, ending: { outcome: 'finished' }, damaged: 0 });
    expect(again.session?.token).toBe('t');
    expect(again.next(1e6)).toMatchObject({ firstSeq: 2, lastSeq: 3 });
    expect(again.next(1e6)?.body.series.map(({ key, steps }) => [key, steps])).toEqual([
      ['loss', [3]],
      ['acc', [3]],
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    again.remove();
    expect(existsSync(path)).toBe(false);
  });

  test('is cut anywhere, and what stood before the cut is still there', () => {
    const { path, journal } = fresh();
    const sizes = [statSync(path).size];
    for (let step = 1; step <= 5; step++) {
      journal.log(body('loss', step));
      sizes.push(statSync(path).size);
    }
    journal.close();
    const whole = readFileSync(path);
    for (let cut = 0; cut < whole.length; cut += 7) {
      const torn = join(folder, 'torn');
      writeFileSync(torn, whole);
      truncateSync(torn, cut);
      const read = Journal.open(torn);
      const records = sizes.filter((size) => size <= cut).length - 1;
      if (records < 0) expect(read).toBeNull();
      else {
        expect(read?.lastSeq).toBe(records);
        // It can be written on.
        read?.log(body('loss', 99));
        read?.close();
        expect(Journal.open(torn)?.lastSeq).toBe(records + 1);
      }
    }
  });

  test('a damaged record is skipped and its number sent with the next one', () => {
    const { path, journal } = fresh();
    for (let step = 1; step <= 3; step++) journal.log(body('loss', step));
    journal.close();
    const text = readFileSync(path, 'utf8').replace('"steps":[2]', '"steps":[7]');
    writeFileSync(path, text);
    const again = Journal.open(path)!;
    expect(again.damaged).toBe(1);
    again.ack(1);
    expect(again.next(0)).toMatchObject({ firstSeq: 2, lastSeq: 3, body: { series: [{ steps: [3] }] } });
  });

  test('goes on in segments, which are never written again, and go when the server has them', () => {
    const { path, journal } = fresh(1000);
    journal.begin({ attempt: 1, token: 't', ackedSeq: 0, nextSeconds: 5 });
    const grown = new Map<string, Buffer>();
    for (let step = 1; step <= 60; step++) {
      journal.point(point(step));
      for (const file of filesOf(path)) {
        const now = readFileSync(join(folder, file));
        const before = grown.get(file) ?? Buffer.alloc(0);
        expect(now.subarray(0, before.length).equals(before)).toBe(true);
        grown.set(file, now);
      }
    }
    const whole = filesOf(path).length;
    expect(whole).toBeGreaterThan(5);
    expect(journal.next(1e6)).toMatchObject({ firstSeq: 1, lastSeq: 60 });
    journal.ack(40);
    expect(filesOf(path).length).toBeLessThan(whole - 2);
    journal.close();
    const again = Journal.open(path, 1000)!;
    expect(again).toMatchObject({ acked: 40, lastSeq: 60, damaged: 0, session: { token: 't' } });
    expect(again.next(1e6)?.body.series).toEqual([
      {
        key: 'loss',
        steps: Array.from({ length: 20 }, (_, i) => 41 + i),
        times: Array.from({ length: 20 }, () => 1),
        values: Array.from({ length: 20 }, (_, i) => (41 + i) / 2),
      },
    ]);
    again.remove();
    expect(filesOf(path)).toEqual([]);
  });

  test('set aside, its segments keep their order and are no journal any more', () => {
    const { path, journal } = fresh(500);
    for (let step = 1; step <= 20; step++) journal.point(point(step));
    expect(journal.setAside()).toBe(`${path}.refused`);
    expect(filesOf(path).every((name) => name.endsWith('.refused'))).toBe(true);
    expect(filesOf(path).length).toBeGreaterThan(3);
  });

  test('records of a kind that it does not know are passed over', () => {
    const { path, journal } = fresh();
    journal.point(point(1));
    const json = JSON.stringify({ type: 'hologram', seq: 2 });
    appendFileSync(path, `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`);
    journal.close();
    const again = Journal.open(path)!;
    again.point(point(2));
    expect(again).toMatchObject({ damaged: 0, lastSeq: 2 });
    expect(again.next(1e6)?.body.series).toMatchObject([{ steps: [1, 2] }]);
  });

  test('a file that is no journal is no journal', () => {
    const path = join(folder, 'other');
    writeFileSync(path, 'hello\nworld\n');
    expect(Journal.open(path)).toBeNull();
    appendFileSync(path, Buffer.alloc(64, 255));
    expect(Journal.open(path)).toBeNull();
  });

  test('without a disk the run lives in memory', async () => {
    const journal = Journal.create(join(folder, 'missing', 'x.journal'), {
      url: null,
      project: null,
      create: { id: 'b' },
    });
    expect(journal.onDisk).toBe(false);
    journal.log(body('loss', 1));
    journal.end({ outcome: 'finished' });
    const ledger = new Ledger();
    expect(await new Sender(ledger.client, journal, { rng: () => 0 }).send()).toEqual({ state: 'sent' });
    expect(ledger.points).toEqual([{ key: 'loss', step: 1, value: 0.5 }]);
  });
});

describe('Sender', () => {
  type Action = { kind: 'log'; points: number } | { kind: 'send' } | { kind: 'crash'; cut: number };
  const action: fc.Arbitrary<Action> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('log' as const), points: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 4, arbitrary: fc.constant({ kind: 'send' as const }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), cut: fc.integer({ min: 0, max: 40 }) }) },
  );
  const fates = fc.infiniteStream(
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('ok' as const) },
      fc.constantFrom('lost' as const, 'unanswered' as const, 'busy' as const),
    ),
  );

  test('whatever is lost, delayed or killed, the server has every kept point once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 1, maxLength: 40 }),
        fates,
        fc.constantFrom(1e6, 700),
        async (actions, fate, segmentBytes) => {
          const ledger = new Ledger();
          ledger.fate = () => fate.next().value;
          let { path, journal } = fresh(segmentBytes);
          let sender = new Sender(ledger.client, journal, { rng: () => 0 });
          const kept: number[] = [];
          let step = 0;
          for (const act of actions) {
            if (act.kind === 'log') {
              const steps = Array.from({ length: act.points }, () => ++step);
              if (steps.length === 1) journal.point(point(step));
              else journal.log(body('loss', ...steps));
              kept.push(...steps);
            } else if (act.kind === 'send') {
              const outcome = await sender.send();
              expect(outcome.state).not.toBe('refused');
            } else {
              // The process dies, the last write perhaps torn; another one takes the journal over.
              journal.close();
              const before = Journal.open(path, segmentBytes)!;
              before.close();
              const newest = join(
                folder,
                filesOf(path)
                  .sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
                  .at(-1)!,
              );
              const size = statSync(newest).size;
              if (before.lastSeq > before.acked && act.cut > 0 && size > 400) {
                // Only what is not acknowledged may be torn: an acknowledged line was on the disk before it was sent.
                const lines = readFileSync(newest, 'utf8').trimEnd().split('\n');
                const last = lines.at(-1)!;
                if (last.includes('"log"')) {
                  const lost = JSON.parse(last.slice(9)) as { seq: number; body: { series: { steps: number[] }[] } };
                  // The server may have it, if it was sent and the answer was lost.
                  if (lost.seq > ledger.acked) {
                    truncateSync(newest, size - Math.min(act.cut, last.length));
                    const gone = lost.body.series[0]!.steps;
                    kept.splice(kept.length - gone.length);
                    step = kept.at(-1) ?? 0;
                  }
                }
              }
              journal = Journal.open(path, segmentBytes)!;
              sender = new Sender(ledger.client, journal, { rng: () => 0 });
            }
          }
          journal.end({ outcome: 'finished' });
          for (let i = 0; !sender.ended; i++) {
            expect(i).toBeLessThan(2000);
            expect((await sender.send()).state).not.toBe('refused');
          }
          expect(ledger.points.map((point) => point.step)).toEqual(kept);
          expect(ledger.outcome).toBe('finished');
          journal.remove();
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a big journal goes in calls of a bounded size', async () => {
    const { journal } = fresh();
    const steps = Array.from({ length: 4000 }, (_, i) => i);
    for (let i = 0; i < 20; i++) journal.log(body(`key${i}`, ...steps));
    const ledger = new Ledger();
    await new Sender(ledger.client, journal, { rng: () => 0 }).send();
    expect(ledger.points).toHaveLength(80_000);
    expect(ledger.calls).toBeGreaterThan(4);
    expect(ledger.calls).toBeLessThan(21);
  });

  test('a record that the server refuses costs only itself', async () => {
    const { journal } = fresh();
    const ledger = new Ledger();
    ledger.refusedKey = 'bad';
    for (let step = 1; step <= 9; step++) journal.log(body(step === 4 || step === 5 ? 'bad' : 'loss', step));
    journal.end({ outcome: 'finished' });
    const sender = new Sender(ledger.client, journal, { rng: () => 0 });
    const said: string[] = [];
    sender.onDrop = ({ message }) => said.push(message);
    expect(await sender.send()).toEqual({ state: 'sent' });
    expect(ledger.points.map(({ step }) => step)).toEqual([1, 2, 3, 6, 7, 8, 9]);
    expect(said).toHaveLength(2);
    expect(ledger.outcome).toBe('finished');
  });

  test('a run that was ended by somebody else is refused', async () => {
    const { journal } = fresh();
    const ledger = new Ledger();
    const sender = new Sender(ledger.client, journal, { rng: () => 0 });
    await sender.send();
    ledger.outcome = 'cancelled';
    journal.log(body('loss', 1));
    expect(await sender.send()).toMatchObject({ state: 'refused', error: { code: 'stale_attempt' } });
  });
});

describe('what a script gives', () => {
  test('numbers, booleans and nested objects are logged, the rest is named and left out', () => {
    const said: string[] = [];
    const points = new Points((message) => said.push(message));
    const nested = { loss: 0.5, ok: true, val: { loss: Number.NaN, deep: { x: 2n } }, none: null };
    expect(points.of(nested, undefined, 10).point).toEqual({
      step: 0,
      time: 10,
      values: { loss: 0.5, ok: 1, 'val/loss': 'NaN', 'val/deep/x': 2 },
    });
    expect(points.of({ loss: 0.25 }, 7, 11).point).toEqual({ step: 7, time: 11, values: { loss: 0.25 } });
    expect(points.of({ loss: 0.125 }, undefined, 12).point).toEqual({ step: 8, time: 12, values: { loss: 0.125 } });
    expect(points.of({ text: 'x' as never, list: [1] as never, 'a\n': 1 }, undefined, 13).point).toBeNull();
    expect(points.of({ loss: 1 }, 1.5, 14).point).toBeNull();
    expect(points.of(null as never, undefined, 15).point).toBeNull();
    expect(said).toHaveLength(5);
  });

  test('a config becomes params', () => {
    class Odd {
      toString() {
        return 'odd';
      }
    }
    const config = {
      lr: 0.1,
      net: { depth: 3, act: 'relu' },
      dims: [1, 2],
      best: Number.POSITIVE_INFINITY,
      no: undefined,
      z: null,
    };
    expect(toParams({ ...config, odd: new Odd() })).toEqual({
      lr: 0.1,
      'net.depth': 3,
      'net.act': 'relu',
      dims: '[1,2]',
      best: 'Infinity',
      z: null,
      odd: '{}',
    });
  });

  test('run ids are UUIDv7 without dashes, in the order of time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 47 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        (now, random) => {
          const id = newRunId(now, () => random.next().value);
          expect(RunId.safeParse(id).success).toBe(true);
          expect(Number.parseInt(id.slice(0, 12), 16)).toBe(now);
          expect(id[12]).toBe('7');
          expect('89ab').toContain(id[16]);
        },
      ),
    );
  });
});
