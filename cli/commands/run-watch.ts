import { toNumber } from '@tidemark/api/contract/common';
import { readMetrics, type SeriesOut } from '@tidemark/api/contract/metrics';
import { type Run, runRoutes } from '@tidemark/api/contract/runs';
import { type Client, NetworkError, retryClass } from '@tidemark/client';
import colors from 'picocolors';
import { type Connection, connectServer, dashboardUrl, type Server } from '../context.ts';
import { EXIT } from '../failure.ts';
import { openHints } from '../hints.ts';
import { findRun } from '../run-ref.ts';
import { duration, metric, status } from '../terminal/format.ts';
import { Screen } from '../terminal/screen.ts';
import { watchScreen } from '../terminal/watch-screen.ts';

export async function runWatch(ref: string, options: Connection & { experiment?: string }): Promise<void> {
  const server = connectServer(options);
  await watch(server, await findRun(server.client, ref, options), options.json ?? false);
}

/** What is known of a watched run at one moment. */
export interface Watched {
  run: Run;
  series: SeriesOut[];
  /** Why the picture is old: the server does not answer. */
  away: string | null;
}

const ended = (run: Run) => ['finished', 'pruned', 'failed', 'cancelled'].includes(run.status);
const isMain = (key: string) => !/^(system|batch|test)\//.test(key) && key !== 'epoch' && key !== 'learning_rate';

/**
 * Follows a run until it ends: curves drawn in place on a terminal, else a line per epoch, or with `json` an object per epoch and
 * the run at last. Sets the exit code: 0 when it finished, 1 when it failed or was cancelled, 130 when the watcher was interrupted.
 */
export async function watch({ client, token }: Server, start: Run, json: boolean): Promise<void> {
  const screen = process.stdout.isTTY && !json ? new Screen(process.stdout) : null;
  const report = screen ? drawer(screen) : json ? jsonReporter() : lineReporter();
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const state: Watched = { run: start, series: [], away: null };
  const hints = openHints(client, token, `run:${start.id}`);
  while (!stop.signal.aborted) {
    try {
      state.run = await client.call(runRoutes.getRun, { params: { id: start.id } }, { signal: stop.signal });
      state.series = await readSeries(client, state.run, screen ? 400 : 5000, stop.signal);
      state.away = null;
    } catch (error) {
      if (stop.signal.aborted) break;
      if (retryClass(error) !== 'retry') throw error;
      state.away = error instanceof NetworkError ? error.message : 'The server is busy.';
    }
    report(state);
    if (ended(state.run) && !state.away) break;
    await hints.next(state.away ? 1000 : 3000, stop.signal);
  }
  hints.close();
  screen?.keep();
  if (stop.signal.aborted) {
    if (!json)
      console.log(
        colors.dim(
          `\nNo longer watching. The run goes on; \`tidemark run cancel ${start.id.slice(-8)}\` would stop it.`,
        ),
      );
    process.exitCode = EXIT.interrupted;
    return;
  }
  if (json) console.log(JSON.stringify({ type: 'end', run: state.run }));
  else console.log([...conclusion(state.run), dashboardUrl(client, `/r/${start.id}`)].join('\n'));
  process.exitCode = state.run.status === 'finished' || state.run.status === 'pruned' ? EXIT.ok : EXIT.failed;
}

async function readSeries(client: Client, run: Run, points: number, signal: AbortSignal): Promise<SeriesOut[]> {
  const has = Object.keys(run.metrics);
  let keys = has.filter(isMain);
  // Before the first epoch is done there is only the running loss of its batches.
  if (keys.length === 0) keys = has.filter((key) => key.startsWith('batch/'));
  if (has.includes('epoch')) keys.push('epoch');
  if (keys.length === 0) return [];
  const { series } = await client.call(
    readMetrics,
    { query: { runs: run.id, keys: keys.slice(0, 40), points } },
    { signal },
  );
  return series;
}

function drawer(screen: Screen): (state: Watched) => void {
  return (state) => screen.draw(watchScreen(state, screen.width, screen.height, Date.now()));
}

interface Row {
  step: number;
  epoch: number | undefined;
  values: Record<string, number>;
}

/** The steps at which epochs ended (or, for scripts without epochs, all steps), with what was logged there. */
function rowsAfter(series: readonly SeriesOut[], after: number): Row[] {
  const byStep = new Map<number, Row>();
  for (const { key, step, value } of series) {
    if (key.startsWith('batch/')) continue;
    for (const [i, at] of step.entries()) {
      if (at <= after) continue;
      let row = byStep.get(at);
      row ??= { step: at, epoch: undefined, values: {} };
      byStep.set(at, row);
      if (key === 'epoch') row.epoch = toNumber(value[i]!);
      else row.values[key] = toNumber(value[i]!);
    }
  }
  return [...byStep.values()].sort((a, b) => a.step - b.step);
}

function follow(onRow: (row: Row, run: Run) => void, onChange: (state: Watched) => void): (state: Watched) => void {
  let last = Number.NEGATIVE_INFINITY;
  let told = '';
  return (state) => {
    const now = state.away ?? `${state.run.status}${state.run.waits ?? ''}`;
    if (now !== told) onChange(state);
    told = now;
    for (const row of rowsAfter(state.series, last)) {
      onRow(row, state.run);
      last = row.step;
    }
  };
}

function lineReporter(): (state: Watched) => void {
  return follow(
    ({ step, epoch, values }, { progress }) => {
      const place = epoch === undefined ? `step ${step}` : `epoch ${epoch}${progress ? `/${progress.epochs}` : ''}`;
      console.log([place, ...Object.entries(values).map(([key, value]) => `${key} ${metric(value)}`)].join('  '));
    },
    ({ run, away }) =>
      console.log(
        away ?? `${run.experiment}#${run.ordinal} ${run.name}: ${run.status}${run.waits ? `, ${run.waits}` : ''}`,
      ),
  );
}

function jsonReporter(): (state: Watched) => void {
  return follow(
    (row) => console.log(JSON.stringify({ type: 'epoch', ...row })),
    ({ run, away }) => console.log(JSON.stringify({ type: 'status', status: run.status, waits: run.waits, away })),
  );
}

function conclusion(run: Run): string[] {
  const took = run.startedAt && run.endedAt ? ` in ${duration(run.endedAt - run.startedAt)}` : '';
  const tested = ['accuracy', 'mae'].find((key) => run.metrics[`test/${key}`]);
  const test = run.metrics[`test/${tested}`];
  return [
    `${status(run.status)} ${colors.bold(`${run.experiment}#${run.ordinal}`)} ${run.name}${took}`,
    ...(run.error ? [colors.red(`  ${run.error.code}: ${run.error.message}`)] : []),
    ...(run.best ? [`  best ${run.best.key} ${colors.bold(metric(run.best.value))} at step ${run.best.step}`] : []),
    ...(test ? [`  test ${tested} ${colors.bold(metric(test.last))}`] : []),
  ];
}
