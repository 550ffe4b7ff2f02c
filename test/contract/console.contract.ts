import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claim, freshName, hello, type LeaseBody, register } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

interface Line {
  id: number;
  at: number;
  attempt: number;
  level: string;
  stream: string;
  text: string;
}
interface Page {
  lines: Line[];
  next: number;
  previous: number;
  total: number;
}

export function suite(open: Open): void {
  describe('console', () => {
    let server: TestServer;
    let user: Caller;
    beforeAll(async () => {
      server = await open();
      user = await Caller.of(server, 'write');
    });
    afterAll(() => server.close());

    const script = async () => {
      const run = await user.ok<{ id: string; session: { token: string } }>('POST', '/runs', {
        experiment: freshName(),
      });
      let seq = 0;
      const print = (lines: Json[]) => {
        seq++;
        return user.ok('POST', `/runs/${run.id}/log`, {
          attempt: 1,
          token: run.session.token,
          firstSeq: seq,
          lastSeq: seq,
          lines,
        });
      };
      const read = (query = '') => user.ok<Page>('GET', `/runs/${run.id}/console${query}`);
      const finish = () =>
        user.ok('POST', `/runs/${run.id}/finish`, {
          attempt: 1,
          token: run.session.token,
          finalSeq: seq,
          outcome: 'finished',
        });
      return { id: run.id, print, read, finish };
    };
    const out = (text: string, more: Json = {}): Json => ({ at: 5, stream: 'stdout', text, ...more });
    const texts = ({ lines }: Page) => lines.map(({ text }) => text);

    test('of a run that printed nothing is empty', async () => {
      const { read } = await script();
      expect(await read()).toEqual({ lines: [], next: 0, previous: 1, total: 0 });
      expect(await read('?tail=true')).toEqual({ lines: [], next: 0, previous: 1, total: 0 });
      expect(await read('?after=7')).toEqual({ lines: [], next: 7, previous: 8, total: 0 });
    });

    test('keeps streams, levels, colours and what JSON escapes', async () => {
      const { print, read, finish } = await script();
      const text = '\u001b[1;31m"röt"\u001b[0m\tC:\\temp 🐈 \u001b]8;;https://a.b\u0007link\u001b]8;;\u0007 50 %';
      await print([out(text), out('', { stream: 'stderr', level: 'error' }), { at: 9, text: 'from the run' }]);
      const lines = [
        { id: 1, at: 5, attempt: 1, level: 'info', stream: 'stdout', text },
        { id: 2, at: 5, attempt: 1, level: 'error', stream: 'stderr', text: '' },
        { id: 3, at: 9, attempt: 1, level: 'info', stream: 'log', text: 'from the run' },
      ];
      expect(await read()).toEqual({ lines, next: 3, previous: 1, total: 3 });
      await finish();
      expect(await read()).toEqual({ lines, next: 3, previous: 1, total: 3 });
    });

    test('costs no row of its own until many lines are gathered', async () => {
      const { print } = await script();
      const one = () => print([out('a line of forty characters or a little more')]);
      await one();
      const rows = await server.rowsWritten(async () => {
        for (let i = 0; i < 200; i++) await one();
      });
      expect(rows).toBe(200);
      const long = Array.from({ length: 100 }, (_, i) => out(`${i} ${'x'.repeat(90)}`));
      expect(await server.rowsWritten(() => print(long))).toBe(2);
    });

    test('is read forward, back and from the end, page by page', async () => {
      const { print, read, finish } = await script();
      const wanted: string[] = [];
      for (let call = 0; call < 12; call++) {
        const part = Array.from({ length: 100 }, (_, i) => `call ${call} line ${i} ${'.'.repeat((call * 7 + i) % 60)}`);
        wanted.push(...part);
        await print(part.map((text) => out(text)));
      }
      for (const ended of [false, true]) {
        if (ended) await finish();
        const forward: Line[] = [];
        for (let after = 0; after < 1200; ) {
          const page = await read(`?after=${after}&limit=333`);
          expect(page.previous).toBe(after + 1);
          forward.push(...page.lines);
          after = page.next;
        }
        expect(forward.map(({ text }) => text)).toEqual(wanted);
        expect(forward.map(({ id }) => id)).toEqual(wanted.map((_, i) => i + 1));
        const back: Line[] = [];
        let page = await read('?tail=true&limit=250');
        expect(page).toMatchObject({ next: 1200, previous: 951, total: 1200 });
        back.unshift(...page.lines);
        while (page.previous > 1) {
          page = await read(`?before=${page.previous}&limit=250`);
          back.unshift(...page.lines);
        }
        expect(back).toEqual(forward);
      }
    });

    test('is searched without colours and case of A–Z, in both directions', async () => {
      const { print, read } = await script();
      for (let call = 0; call < 30; call++) {
        await print(
          Array.from({ length: 50 }, (_, i) =>
            out(
              `call ${call} line ${i} ${i === 7 && call % 10 === 3 ? 'val\u001b[1m_LOSS\u001b[0m "0.5"' : 'nothing'} ${'-'.repeat(60)}`,
            ),
          ),
        );
      }
      const ids = [158, 658, 1158];
      for (const search of ['Val_Loss', 'val_loss "0.5"', '_LOSS']) {
        const query = `?search=${encodeURIComponent(search)}`;
        expect((await read(query)).lines.map(({ id }) => id)).toEqual(ids);
        expect(await read(query)).toMatchObject({ next: 1500, previous: 1 });
        expect((await read(`${query}&tail=true&limit=2`)).lines.map(({ id }) => id)).toEqual([658, 1158]);
        expect((await read(`${query}&before=1158`)).lines.map(({ id }) => id)).toEqual([158, 658]);
        expect(await read(`${query}&after=158&limit=1`)).toMatchObject({ lines: [{ id: 658 }], next: 658 });
      }
      expect((await read('?search=absent')).lines).toEqual([]);
      expect((await read('?search=%25')).lines).toEqual([]);
    });

    test('is narrowed to a stream, a level, an attempt', async () => {
      const { print, read } = await script();
      await print([
        out('a'),
        out('b', { stream: 'stderr' }),
        { at: 1, level: 'debug', text: 'c' },
        { at: 1, level: 'warn', text: 'd' },
        { at: 1, level: 'error', text: 'e' },
      ]);
      expect(texts(await read('?stream=stderr'))).toEqual(['b']);
      expect(texts(await read('?stream=log&level=warn'))).toEqual(['d', 'e']);
      expect(texts(await read('?level=info'))).toEqual(['a', 'b', 'd', 'e']);
      expect(texts(await read('?attempt=2'))).toEqual([]);
    });

    test('goes on with the next attempt, each line once', async () => {
      const worker = await Caller.of(server, 'worker');
      const label = `console-${performance.now()}`;
      await hello(worker, 'console-worker', { labels: [label] });
      const run = await register(user, { requires: [label] });
      const log = (lease: LeaseBody, seq: number, lines: Json[]) =>
        worker.ok('POST', `/leases/${run.id}/log`, {
          attempt: lease.attempt,
          token: lease.token,
          firstSeq: seq,
          lastSeq: seq,
          lines,
        });
      const first = (await claim(worker, 'console-worker', [label]))!;
      await log(first, 1, [out('one')]);
      await log(first, 1, [out('one')]);
      await worker.ok('POST', `/leases/${run.id}/release`, { attempt: first.attempt, token: first.token });
      const second = (await claim(worker, 'console-worker', [label]))!;
      await log(second, 1, [out('two')]);
      const page = await user.ok<Page>('GET', `/runs/${run.id}/console`);
      expect(page.lines.map(({ id, attempt, text }) => [id, attempt, text])).toEqual([
        [1, 1, 'one'],
        [2, 2, 'two'],
      ]);
      expect(texts(await user.ok<Page>('GET', `/runs/${run.id}/console?attempt=2`))).toEqual(['two']);
      await user.ok('POST', `/runs/${run.id}/cancel`);
    });

    test('is downloaded as text with or without colours, and as JSON lines', async () => {
      const { id, print } = await script();
      await print([out('\u001b[32mgreen\u001b[0m'), out('x', { stream: 'stderr' })]);
      await print(Array.from({ length: 300 }, (_, i) => out(`${i} ${'y'.repeat(80)}`)));
      const token = await server.token('read');
      const get = async (query: string) => {
        const response = await server.fetch(`/api/v1/runs/${id}/console/download${query}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        return { text: await response.text(), headers: response.headers };
      };
      const plain = await get('');
      expect(plain.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(plain.headers.get('content-disposition')).toBe(`attachment; filename="${id}-console.txt"`);
      expect(plain.text.split('\n')).toHaveLength(303);
      expect(plain.text.startsWith('green\nx\n0 yyy')).toBe(true);
      expect((await get('?ansi=true&stream=stdout')).text.startsWith('\u001b[32mgreen\u001b[0m\n0 y')).toBe(true);
      const [first] = (await get('?format=ndjson')).text.split('\n');
      expect(JSON.parse(first!)).toEqual({
        id: 1,
        at: 5,
        attempt: 1,
        level: 'info',
        stream: 'stdout',
        text: '\u001b[32mgreen\u001b[0m',
      });
    });

    test('refuses what makes no sense', async () => {
      const { id } = await script();
      expect(await user.fails('GET', `/runs/${id}/console?after=1&tail=true`)).toMatchObject({
        code: 'invalid_request',
      });
      expect(await user.fails('GET', `/runs/${id}/console?search=`)).toMatchObject({ code: 'invalid_request' });
      expect(await user.fails('GET', `/runs/${id}/console?stream=pipe`)).toMatchObject({ code: 'invalid_request' });
      expect(await user.fails('GET', `/runs/${'0'.repeat(32)}/console`)).toMatchObject({ code: 'not_found' });
      expect(await user.fails('GET', `/runs/${'0'.repeat(32)}/console/download`)).toMatchObject({ code: 'not_found' });
    });
  });
}
