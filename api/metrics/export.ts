import type * as z from 'zod';
import type { readHistory as route } from '../contract/metrics.ts';
import type { Deps } from '../deps.ts';
import { requireRun } from '../runs/require.ts';
import { arrowBatch, arrowEnd, arrowSchema } from './arrow.ts';
import type { Series } from './frame.ts';
import { openHistories, type Piece } from './history.ts';
import { CSV_LINES, JSON_LINES, pointLines } from './lines.ts';
import { loadPoints } from './load.ts';
import { inView, type View } from './measure.ts';

type Query = z.output<typeof route.query>;

interface Writer {
  readonly type: string;
  readonly head: Uint8Array;
  /** Points of one key a series. */
  page(series: readonly Series[]): Iterable<Uint8Array>;
  readonly end: Uint8Array;
}

const encoder = new TextEncoder();
const NOTHING = new Uint8Array();

const lines = (layout: Parameters<typeof pointLines>[1]) =>
  function* (series: readonly Series[]): Generator<Uint8Array> {
    for (const one of series) yield* pointLines(one, layout);
  };

const WRITERS: Record<Query['format'], Writer> = {
  ndjson: { type: 'application/x-ndjson', head: NOTHING, page: lines(JSON_LINES), end: NOTHING },
  csv: {
    type: 'text/csv; charset=utf-8',
    head: encoder.encode('key,step,time,value\r\n'),
    page: lines(CSV_LINES),
    end: NOTHING,
  },
  arrow: {
    type: 'application/vnd.apache.arrow.stream',
    head: arrowSchema(),
    page: (series) => (series.length > 0 ? [arrowBatch(series)] : []),
    end: arrowEnd,
  },
};

/** Rows of points in memory at a time. */
const ROWS_AT_ONCE = 8;

/**
 * Every visible point of a run as lines or as an Arrow stream, a few stored rows at a time as the reader takes them; what was there when the reply began.
 * Errors: not_found.
 */
export async function exportHistory(deps: Deps, run: string, query: Query): Promise<Response> {
  await requireRun(deps, run);
  const [history] = await openHistories(deps.db, [run], query.keys ? [...new Set(query.keys)] : null, null);
  const writer = WRITERS[query.format];
  const pages = paged(history!.pieces);
  let ready: Iterator<Uint8Array> = [][Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (writer.head.length > 0) controller.enqueue(writer.head);
    },
    pull: async (controller) => {
      for (;;) {
        const text = ready.next();
        if (!text.done) return controller.enqueue(text.value);
        const page = pages.next();
        if (page.done) {
          if (writer.end.length > 0) controller.enqueue(writer.end);
          return controller.close();
        }
        ready = writer.page(await inRange(deps, run, page.value, query))[Symbol.iterator]();
      }
    },
  });
  const name = `${run}.${query.format}`;
  return new Response(body, {
    headers: {
      'content-type': writer.type,
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
    },
  });
}

/** Pieces that are read together: of a few stored rows. */
function* paged(pieces: readonly Piece[]): Generator<Piece[]> {
  let page: Piece[] = [];
  let rows = 0;
  let row = '';
  for (const piece of pieces) {
    const id = piece.ref ? `${piece.ref.attempt}/${piece.ref.part}/${piece.ref.group}` : `here ${piece.order}`;
    if (id !== row && rows === ROWS_AT_ONCE) {
      yield page;
      page = [];
      rows = 0;
    }
    if (id !== row) rows++;
    row = id;
    page.push(piece);
  }
  if (page.length > 0) yield page;
}

/** What is visible of the pieces, in their order; none without points. */
async function inRange(deps: Deps, run: string, page: readonly Piece[], { from, to }: Query): Promise<Series[]> {
  const found = new Map<Piece, Series>();
  const view: View = { axis: 'step', place: (step) => step, from, to };
  const take = (piece: Piece, points: Series): void => {
    const { steps, times, values } = inView(view, piece, points).placed;
    found.set(piece, { key: piece.key, steps, times, values });
  };
  for (const piece of page) if (piece.points) take(piece, piece.points);
  await loadPoints(
    deps,
    run,
    page.filter(({ ref }) => ref !== null),
    take,
  );
  return page.flatMap((piece) => {
    const series = found.get(piece);
    return series && series.steps.length > 0 ? [series] : [];
  });
}
