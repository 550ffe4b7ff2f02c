import type { Status } from '../contract/status.ts';
import { escapeHtml } from './html.ts';
import { STYLE } from './style.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

function bytes(value: number): string {
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

const counts = (values: Readonly<Record<string, number | undefined>>): string =>
  Object.entries(values)
    .map(([name, n]) => `${n} ${name}`)
    .join(', ') || 'none';

type Line = readonly [what: string, how: string, ok?: boolean];

function linesOf(status: Status): Line[] {
  const { database, blobs, upkeep, queue, host } = status;
  const waits = queue.oldestMs === null ? '' : `, the oldest for ${duration(queue.oldestMs / 1000)}`;
  const size = database.bytes === null ? '' : `, ${bytes(database.bytes)}`;
  const lines: Line[] = [
    ['Database', `answers in ${database.ms.toFixed(1)} ms${size}, schema ${database.schema}`, database.ok],
    ['Artifacts', `answers in ${blobs.ms.toFixed(1)} ms, ${bytes(blobs.bytes)} stored`, blobs.ok],
    ['Upkeep', upkeep.late === null ? 'nothing was due yet' : `ran ${upkeep.late.toFixed(1)} s late`, upkeep.ok],
    ['Queue', queue.length === 0 ? 'empty' : `${queue.length} waiting${waits}`],
    ['Workers', counts(status.workers)],
    ['Runs', counts(status.runs)],
    ['Being written', String(status.live)],
  ];
  if (host) {
    const free = `${bytes(host.diskFreeBytes)} free of ${bytes(host.diskBytes)}`;
    lines.push(
      ['Disk', free, !status.problems.some((problem) => problem.startsWith('The disk'))],
      ['Memory', bytes(host.memoryBytes)],
      ['Event loop', `${host.eventLoopMs.toFixed(1)} ms late at worst of a hundred`],
      ['Running for', duration(host.uptimeSeconds)],
      ['Open projects', String(host.projectsOpen)],
      ['Node', host.node],
    );
  }
  return lines;
}

/** The server's health for people; it reads itself again every ten seconds. Null: who asks may not see it. */
export function statusPage(status: Status | null, slug: string): string {
  const home = slug === 'default' ? '/' : `/p/${slug}/`;
  const head = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Tidemark: status</title>${status ? '<meta http-equiv="refresh" content="10">' : ''}<style>${STYLE}
main{max-width:44rem;margin:0 auto;padding:2rem 1rem}td:first-child{white-space:nowrap;width:9rem}</style></head><body><main>`;
  if (!status) {
    return `${head}<h1>Tidemark answers.</h1><p>How it is, in detail, is for who may read the project: <a href="${home}login">log in</a>.</p></main></body></html>`;
  }
  const rows = linesOf(status).map(
    ([what, how, ok]) =>
      `<tr><th scope="row">${what}</th><td>${escapeHtml(how)}</td><td>${ok === undefined ? '' : ok ? '<span class="good">✓ works</span>' : '<span class="bad">✗ does not work</span>'}</td></tr>`,
  );
  const verdict = status.ok
    ? '<h1 class="good">Everything works.</h1>'
    : `<h1 class="bad">Not everything works.</h1>${status.problems.map((problem) => `<p class="bad">${escapeHtml(problem)}</p>`).join('')}`;
  return `${head}${verdict}<p class="dim">Project ${escapeHtml(status.project)}, version ${escapeHtml(status.version)}. <a href="${home}">Dashboard</a> · <a href="${home}docs">API</a></p>
<table>${rows.join('')}</table></main></body></html>`;
}
