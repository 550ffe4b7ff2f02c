import type * as z from 'zod';
import type { downloadConsole as route } from '../contract/console.ts';
import type { Deps } from '../deps.ts';
import { requireRun } from '../runs/require.ts';
import { decodeLine, splitLines } from './line.ts';
import { type Stretch, stretches } from './pages.ts';

type Query = z.output<typeof route.query>;

const TYPES = {
  text: { type: 'text/plain; charset=utf-8', extension: 'txt' },
  ndjson: { type: 'application/x-ndjson', extension: 'ndjson' },
};
const ROWS_AT_ONCE = 8;

/** A run's whole console as a file, a few rows at a time as the reader takes them. Errors: not_found. */
export async function downloadConsole(deps: Deps, run: string, query: Query): Promise<Response> {
  await requireRun(deps, run);
  const encoder = new TextEncoder();
  let from = 1;
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      for (;;) {
        const page = await stretches(deps.db, run, { from, direction: 'forward', needle: null, count: ROWS_AT_ONCE });
        const text = page.stretches.map((stretch) => textOf(stretch, from, query)).join('');
        for (const { first, count } of page.stretches) from = Math.max(from, first + count);
        if (text !== '') controller.enqueue(encoder.encode(text));
        if (page.last) return controller.close();
        if (text !== '') return;
      }
    },
  });
  const { type, extension } = TYPES[query.format];
  return new Response(body, {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="${run}-console.${extension}"`,
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
    },
  });
}

function textOf({ first, attempt, data }: Stretch, from: number, query: Query): string {
  if (query.attempt !== undefined && query.attempt !== attempt) return '';
  let out = '';
  for (const [index, json] of splitLines(data).entries()) {
    const id = first + index;
    if (id < from) continue;
    const { words, ...line } = decodeLine(json);
    if (query.stream !== undefined && query.stream !== line.stream) continue;
    if (query.format === 'ndjson') out += `${JSON.stringify({ id, attempt, ...line })}\n`;
    else out += `${query.ansi ? line.text : words}\n`;
  }
  return out;
}
