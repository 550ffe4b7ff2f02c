import { LineRate } from '@tidemark/client/node/console/line-rate';
import { type ConsoleLine, LineAssembler } from '@tidemark/client/node/console/lines';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../support/seed.ts';

function assembler() {
  const lines: ConsoleLine[] = [];
  const texts = () => lines.map(({ text }) => text);
  return { it: new LineAssembler('stdout', (line) => lines.push(line)), lines, texts };
}

describe('lines of a program’s output', () => {
  test.each([
    ['two lines and an end', 'a\nb\nc', ['a', 'b', 'c']],
    ['an empty line', 'a\n\nb\n', ['a', '', 'b']],
    ['lines as Windows ends them', 'a\r\nb\r\n', ['a', 'b']],
    ['a bar', '\r10 %\r50 %\r100 %\n', ['100 %']],
    ['a bar that ends with a return', '10 %\r100 %\r\nnext\n', ['100 %', 'next']],
    ['colours', '\u001b[1;31mred\u001b[0m\n', ['\u001b[1;31mred\u001b[0m']],
    ['erasing and moving', '\u001b[2K\u001b[1Gdone\u001b[?25h\u0007\n', ['done']],
    ['nothing', '', []],
  ])('%s', (_, text, wanted) => {
    const { it, texts } = assembler();
    it.write(text, 1);
    it.end(2);
    expect(texts()).toEqual(wanted);
  });

  test('are the same however the output is cut', () => {
    const word = fc.constantFrom('a', 'loss 0.5', '\n', '\r', '\r\n', '☃', '🐈', '\u001b[32m', '\u001b[0m', ' ');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.array(fc.nat(200)), (words, cuts) => {
        const text = words.join('');
        const whole = assembler();
        whole.it.write(text, 1);
        whole.it.end(1);
        const cut = assembler();
        const places = [...new Set(cuts.map((at) => at % (text.length + 1)))].sort((a, b) => a - b);
        let from = 0;
        for (const at of [...places, text.length]) {
          cut.it.write(text.slice(from, at), 1);
          from = at;
        }
        cut.it.end(1);
        expect(cut.texts()).toEqual(whole.texts());
      }),
      seeded(500),
    );
  });

  test('a long one is cut where no character is', () => {
    const { it, texts } = assembler();
    const text = `${'x'.repeat(7999)}🐈${'y'.repeat(9000)}`;
    it.write(`${text}\n`, 1);
    expect(texts().join('')).toBe(text);
    expect(texts().every((one) => one.length <= 8000)).toBe(true);
    expect(texts()[0]).toHaveLength(7999);
  });

  test('one that does not end is told after half a minute, and then only what is new of it', () => {
    const { it, texts } = assembler();
    it.write('loading', 0);
    it.tick(29_000);
    expect(texts()).toEqual([]);
    it.tick(30_000);
    it.tick(60_000);
    it.write(' … done\n', 61_000);
    it.write('\r10 %', 70_000);
    it.tick(100_000);
    it.write('\r20 %', 101_000);
    it.tick(131_000);
    it.write('\r20 %\n', 132_000);
    expect(texts()).toEqual(['loading', ' … done', '10 %', '20 %']);
  });

  test('a flood is thinned, and what was left out is counted', () => {
    const rate = new LineRate();
    const line = (n: number): ConsoleLine => ({ at: n, text: String(n) });
    const kept = Array.from({ length: 8000 }, (_, n) => rate.pass(line(n), 0)).flat();
    expect(kept).toHaveLength(5000);
    expect(rate.pass(line(1), 500)).toEqual([]);
    expect(rate.pass(line(2), 60_000).map(({ text }) => text)).toEqual([
      '… 3001 lines left out: more than 200 a second …',
      '2',
    ]);
    expect(rate.end(60_000)).toEqual([]);
  });
});
