import { type Environment, environmentRoutes } from '@tidemark/api/contract/environment';
import { type RunDetail, runRoutes } from '@tidemark/api/contract/runs';
import { ApiError } from '@tidemark/client';
import colors from 'picocolors';
import { type Connection, connect, dashboardUrl } from '../context.ts';
import { findRun } from '../run-ref.ts';
import { ago, bytes, duration, metric, status } from '../terminal/format.ts';
import { layerTable } from '../terminal/layers.ts';
import { table } from '../terminal/table.ts';

export async function runShow(ref: string, options: Connection & { experiment?: string }): Promise<void> {
  const client = connect(options);
  const { id } = await findRun(client, ref, options);
  const run = await client.call(runRoutes.getRun, { params: { id } });
  const { environments } = await client
    .call(environmentRoutes.readEnvironments, { params: { id } })
    // An older server does not know it.
    .catch((error: unknown) => {
      if (error instanceof ApiError && error.code === 'not_found') return { environments: [] };
      throw error;
    });
  const environment = environments[0]?.environment;
  if (options.json) console.log(JSON.stringify({ ...run, environment: environment ?? null }));
  else
    console.log(
      [
        ...summary(run),
        ...(environment ? environmentLines(environment) : []),
        '',
        dashboardUrl(client, `/r/${run.id}`),
      ].join('\n'),
    );
}

/** What the newest attempt ran on and from. */
function environmentLines({ command, git, hostname, os, runtime, packages, cpu, memory, gpus }: Environment): string[] {
  const changes = git && git.changed > 0 ? `, ${git.changed} changed${git.diff ? ` (${git.diff})` : ''}` : '';
  const commit = git ? `${git.commit.slice(0, 12)}${git.branch ? ` on ${git.branch}` : ''}${changes}` : null;
  const rows: [string, string | null][] = [
    ['command', command.join(' ')],
    ['commit', commit],
    ['host', `${hostname}, ${os}`],
    ['runtime', `${runtime.name} ${runtime.version}, ${Object.keys(packages).length} packages`],
    ['cpu', `${cpu.model}, ${cpu.cores} cores, ${bytes(memory)}`],
    ['gpu', gpus.length > 0 ? gpus.join(', ') : null],
  ];
  return [
    ...heading('Environment'),
    ...rows.flatMap(([name, value]) => (value === null ? [] : `${colors.dim(name.padEnd(8))}${value}`)),
  ];
}

const heading = (text: string) => ['', colors.bold(text)];

function summary(run: RunDetail): string[] {
  const now = Date.now();
  const took = run.startedAt
    ? `, ${run.endedAt ? 'took' : 'running for'} ${duration((run.endedAt ?? now) - run.startedAt)}`
    : '';
  const lines = [
    `${colors.bold(`${run.experiment}#${run.ordinal}`)}  ${run.name}  ${status(run.status)}${run.waits ? colors.dim(`  ${run.waits}`) : ''}`,
    colors.dim(
      `${run.id}, registered ${ago(run.createdAt, now)} by ${run.createdBy}${took}${run.worker ? ` on ${run.worker.name}` : ''}`,
    ),
  ];
  if (run.progress && run.status === 'running') {
    const { epoch, epochs, etaSeconds } = run.progress;
    lines.push(
      `epoch ${Math.floor(epoch)} of ${epochs}${etaSeconds === undefined ? '' : `, ${duration(etaSeconds * 1000)} left`}`,
    );
  }
  const device = run.attempts.at(-1)?.device;
  if (device) lines.push(`on ${device}`);
  if (run.error) lines.push(colors.red(`${run.error.code}: ${run.error.message}`));
  if (run.best) lines.push(`best ${run.best.key} ${colors.bold(metric(run.best.value))} at step ${run.best.step}`);
  if (run.note) lines.push(...heading('Note'), run.note.trimEnd());

  const metrics = Object.entries(run.metrics).filter(([key]) => !key.startsWith('system/'));
  if (metrics.length > 0) {
    const rows = metrics.map(([key, { last, min, max, count }]) => [
      key,
      metric(last),
      metric(min),
      metric(max),
      String(count),
    ]);
    const right = (title: string) => ({ title, right: true });
    lines.push(
      ...heading('Metrics'),
      ...table([{ title: 'KEY' }, right('LAST'), right('MIN'), right('MAX'), right('POINTS')], rows),
    );
  }
  if (run.checkpoints.length > 0) {
    const rows = run.checkpoints.map((one) => [
      String(one.step),
      metric(one.epoch),
      one.kept.join(', '),
      bytes(one.size),
      one.digest.slice(0, 12),
    ]);
    const columns = [
      { title: 'STEP', right: true },
      { title: 'EPOCH', right: true },
      { title: 'KEPT AS' },
      { title: 'SIZE', right: true },
      { title: 'DIGEST' },
    ];
    lines.push(...heading('Checkpoints'), ...table(columns, rows));
  }
  if (run.attempts.length > 1) {
    const rows = run.attempts.map((one) => [
      String(one.attempt),
      one.worker?.name ?? '–',
      one.outcome ?? 'running',
      String(one.resumeStep),
      one.endedAt ? duration(one.endedAt - one.startedAt) : '–',
    ]);
    lines.push(
      ...heading('Attempts'),
      ...table(
        ['#', 'WORKER', 'ENDED', 'FROM STEP', 'TOOK'].map((title) => ({ title })),
        rows,
      ),
    );
  }
  if (run.layers) lines.push(...heading('Model'), ...layerTable(run.layers));
  if (run.config) lines.push(...heading('Config'), run.config.written.trimEnd());
  else if (Object.keys(run.params).length > 0) {
    lines.push(
      ...heading('Params'),
      ...table(
        [{ title: 'KEY' }, { title: 'VALUE' }],
        Object.entries(run.params).map(([key, value]) => [key, String(value)]),
      ),
    );
  }
  return lines;
}
