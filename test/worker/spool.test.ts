import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spool } from '@tidemark/worker/spool';
import type { Opening } from '@tidemark/worker/spool-record';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const opening: Opening = {
  type: 'open',
  run: '0'.repeat(32),
  attempt: 1,
  token: 'secret',
  experiment: 'e',
  ordinal: 1,
  name: 'n',
};
const body = (step: number, padding = '') => ({
  series: [{ key: 'loss', steps: [step], times: [1], values: [step / 3] }],
  lines: padding ? [{ at: 1, text: padding }] : [],
});
const checkpoint = (step: number, throughSeq: number) => ({
  type: 'checkpoint' as const,
  file: `c${step}`,
  throughSeq,
  step,
  epoch: 1,
  digest: 'd'.repeat(64),
  size: 1,
  kept: ['latest' as const],
  metrics: {},
});

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-spool-'));
  path = join(folder, 'spool');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const content = (spool: Spool) => ({
  logs: spool.logs().map(({ seq, body }) => [seq, body]),
  uploads: spool.uploads.map((one) => [one.id, 'file' in one ? one.file : null]),
  finish: spool.finish?.outcome ?? null,
});

describe('Spool', () => {
  test('keeps what was appended over a restart, and drops what was acknowledged', () => {
    const spool = Spool.create(path, opening);
    expect(spool.appendLog(body(1))).toBe(1);
    expect(spool.appendLog(body(2))).toBe(2);
    spool.appendUpload(checkpoint(2, 2));
    spool.ackThrough(1);
    spool.close();
    const again = Spool.open(path)!;
    expect(again.opening).toEqual(opening);
    expect(again.acked).toBe(1);
    expect(content(again)).toEqual({ logs: [[2, body(2)]], uploads: [[1, 'c2']], finish: null });
    expect(again.appendLog(body(3))).toBe(3);
    again.close();
  });

  test('never acknowledges what it did not give out', () => {
    const spool = Spool.create(path, opening);
    spool.appendLog(body(1));
    spool.ackThrough(7);
    expect(content(spool).logs).toHaveLength(1);
    spool.close();
  });

  test('skips a torn end and appends after it', () => {
    const spool = Spool.create(path, opening);
    spool.appendLog(body(1));
    spool.close();
    const whole = readFileSync(path).length;
    const next = Spool.open(path)!;
    next.appendLog(body(2));
    next.close();
    truncateSync(path, whole + 11);
    const torn = Spool.open(path)!;
    expect(content(torn).logs).toEqual([[1, body(1)]]);
    torn.appendLog(body(2));
    torn.close();
    const healed = Spool.open(path)!;
    expect(content(healed).logs.map(([seq]) => seq)).toEqual([1, 2]);
    healed.close();
  });

  test('skips a last record of which a byte never reached the disk', () => {
    const spool = Spool.create(path, opening);
    spool.appendLog(body(1));
    spool.appendLog(body(2));
    spool.close();
    const bytes = readFileSync(path);
    bytes[bytes.lastIndexOf('2')]! ^= 1; // still a number, and another one
    writeFileSync(path, bytes);
    const again = Spool.open(path)!;
    expect(content(again).logs).toEqual([[1, body(1)]]);
    again.close();
  });

  test('is nothing when it was torn before its first record, or is another kind of file', () => {
    Spool.create(path, opening).close();
    truncateSync(path, 12);
    expect(Spool.open(path)).toBeNull();
    writeFileSync(path, 'something else');
    expect(Spool.open(path)).toBeNull();
  });

  test('set aside, it is kept under another name and its own is free', () => {
    const spool = Spool.create(path, opening);
    spool.appendLog(body(1));
    const kept = spool.setAside();
    expect(kept.endsWith('.stale')).toBe(true);
    expect(readFileSync(kept).length).toBeGreaterThan(50);
    const second = Spool.create(path, opening);
    expect(second.setAside()).not.toBe(kept);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test('shrinks once enough is acknowledged, and numbers go on', () => {
    const spool = Spool.create(path, opening);
    const padding = 'x'.repeat(8000);
    for (let step = 1; step <= 400; step++) spool.appendLog(body(step, padding));
    spool.appendUpload(checkpoint(400, 400));
    const before = readFileSync(path).length;
    spool.ackThrough(399);
    expect(readFileSync(path).length).toBeLessThan(before / 10);
    expect(spool.appendLog(body(401))).toBe(401);
    spool.close();
    const again = Spool.open(path)!;
    expect(again.acked).toBe(399);
    expect(content(again).logs.map(([seq]) => seq)).toEqual([400, 401]);
    expect(again.appendUpload(checkpoint(401, 401))).toBe(2);
    again.close();
  });
});

type Op =
  | { op: 'log'; size: number }
  | { op: 'upload' }
  | { op: 'done'; which: number }
  | { op: 'ack'; back: number }
  | { op: 'finish' }
  | { op: 'restart' }
  | { op: 'crash'; garbage: Uint8Array };

const ops: fc.Arbitrary<Op[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ op: fc.constant('log' as const), size: fc.integer({ min: 0, max: 200_000 }) }),
    },
    { weight: 2, arbitrary: fc.constant({ op: 'upload' as const }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('done' as const), which: fc.nat(5) }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('ack' as const), back: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.constant({ op: 'finish' as const }) },
    { weight: 2, arbitrary: fc.constant({ op: 'restart' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({
        op: fc.constant('crash' as const),
        garbage: fc.uint8Array({ minLength: 1, maxLength: 60 }),
      }),
    },
  ),
  { maxLength: 60 },
);

test('behaves as a plain list through restarts and torn writes', () => {
  fc.assert(
    fc.property(ops, (steps) => {
      rmSync(path, { force: true });
      let spool = Spool.create(path, opening);
      let seq = 0;
      let id = 0;
      let logs: [number, unknown][] = [];
      let uploads: [number, string][] = [];
      let finish: string | null = null;
      try {
        for (const step of steps) {
          if (step.op === 'log') {
            const value = body(seq + 1, 'y'.repeat(step.size));
            expect(spool.appendLog(value)).toBe(++seq);
            logs.push([seq, value]);
          } else if (step.op === 'upload') {
            spool.appendUpload(checkpoint(id + 1, seq));
            uploads.push([++id, `c${id}`]);
          } else if (step.op === 'done') {
            const gone = uploads[step.which % Math.max(1, uploads.length)];
            if (!gone) continue;
            spool.done(gone[0]);
            uploads = uploads.filter((upload) => upload !== gone);
          } else if (step.op === 'ack') {
            const through = seq - step.back;
            spool.ackThrough(through);
            logs = logs.filter(([n]) => n > through);
          } else if (step.op === 'finish') {
            spool.appendFinish({ outcome: 'finished' });
            finish = 'finished';
          } else {
            spool.close();
            // A process that dies while it appends leaves any beginning of a frame: never a whole one with a fitting checksum.
            if (step.op === 'crash') appendFileSync(path, step.garbage);
            spool = Spool.open(path)!;
          }
          expect(content(spool)).toEqual({ logs, uploads, finish });
          expect(spool.lastSeq).toBe(seq);
        }
      } finally {
        spool.close();
      }
    }),
    { numRuns: 60, verbose: 1 },
  );
});
