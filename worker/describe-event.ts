import { headline } from '@tidemark/training/headline';
import type pc from 'picocolors';
import type { RunName, WorkerEvent } from './report.ts';

type Paint = Pick<typeof pc, 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan'>;

interface Described {
  /** A line that stays; null: none. */
  text: string | null;
  /** The run's line at the foot; null: as it was. */
  progress: string | null;
}

const BAR = 24;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A worker's event in words for a person. @param width of the terminal: a longer progress line would wrap and stay. */
export function describeEvent(event: WorkerEvent, paint: Paint, width: number): Described {
  if (event.type === 'progress') return { text: null, progress: progressLine(event, paint, width) };
  return { text: lineOf(event, paint), progress: null };
}

function lineOf(event: Exclude<WorkerEvent, { type: 'progress' }>, paint: Paint): string | null {
  switch (event.type) {
    case 'started': {
      const labels = event.labels.length > 0 ? `, labels ${event.labels.join(' ')}` : '';
      return `${paint.bold(`Worker ${event.name}`)} ${paint.dim(event.id)} for ${paint.cyan(event.url)}${labels}${event.slots > 1 ? `, ${event.slots} slots` : ''}`;
    }
    case 'idle':
      return paint.dim('Waiting for a run. Ctrl-C stops.');
    case 'away':
      return event.away
        ? paint.yellow(`The server does not answer (${event.reason}). Training goes on; trying again.`)
        : paint.green('The server answers again.');
    case 'claimed':
      return `\n${paint.bold(title(event.run))} ${paint.dim(event.resumeStep === null ? 'starts' : `goes on from step ${event.resumeStep}, attempt ${event.run.attempt}`)}`;
    case 'recovering':
      return paint.dim(`${title(event.run)}: sending what an earlier process left`);
    case 'device':
      return paint.dim(`  on ${event.description}`);
    case 'line': {
      if (event.level === 'debug') return null;
      const text = `  ${event.text}`;
      return event.level === 'error' ? paint.red(text) : event.level === 'warn' ? paint.yellow(text) : paint.dim(text);
    }
    case 'epoch':
      return epochLine(event, paint);
    case 'ready':
    case 'checkpoint':
      return null;
    case 'ended':
      return endLine(event, paint);
    case 'draining':
      return paint.yellow(
        `Stopping (${event.reason}): checkpoints are written and runs given back. Once more exits at once.`,
      );
    case 'gone':
      return paint.dim('Gone.');
  }
}

const title = ({ experiment, ordinal, name }: RunName): string => `${experiment} #${ordinal} ${name}`;

function epochLine(event: Extract<WorkerEvent, { type: 'epoch' }>, paint: Paint): string {
  const { values } = event;
  const figure = (key: string, value: number) =>
    key.endsWith('accuracy') ? `${(value * 100).toFixed(1)} %` : value.toFixed(4);
  const parts = headline(values).map((key) => `${key} ${figure(key, values[key]!)}`);
  const digits = String(event.epochs).length;
  const epoch = `${String(event.epoch).padStart(digits)}/${event.epochs}`;
  const best = event.best ? paint.green(' ▀ best') : '';
  return `  epoch ${epoch}  ${parts.join('  ')}  ${paint.dim(duration(event.seconds))}${best}`;
}

function progressLine(
  { progress, run }: Extract<WorkerEvent, { type: 'progress' }>,
  paint: Paint,
  width: number,
): string {
  const { epoch, epochs, step, steps, phase, imagesPerSecond, etaSeconds } = progress;
  const perEpoch = steps / epochs;
  const after = phase === 'validating' || phase === 'testing';
  const share = after ? 1 : perEpoch > 0 ? Math.min(1, Math.max(0, step / perEpoch - epoch)) : 0;
  const what = phase === 'data' ? 'reading images' : after ? phase : `epoch ${Math.min(epoch + 1, epochs)}/${epochs}`;
  const rest = [
    what,
    imagesPerSecond === undefined ? '' : `${Math.round(imagesPerSecond)} img/s`,
    !etaSeconds ? '' : `${duration(etaSeconds)} left`,
  ];
  const plain = ` ${rest.filter(Boolean).join('  ')}`;
  const head = `#${run.ordinal} `;
  return `${head}${paint.cyan(bar(share))}${plain.slice(0, Math.max(0, width - head.length - BAR))}`;
}

function bar(share: number): string {
  const eighths = Math.round(share * BAR * 8);
  const full = Math.floor(eighths / 8);
  return `${'█'.repeat(full)}${EIGHTHS[eighths % 8]}`.padEnd(BAR, '░').slice(0, BAR);
}

function endLine({ run, outcome, message }: Extract<WorkerEvent, { type: 'ended' }>, paint: Paint): string {
  const name = title(run);
  switch (outcome) {
    case 'finished':
      return paint.green(`${name} finished`);
    case 'failed':
      return paint.red(`${name} failed: ${message ?? 'see its log'}`);
    case 'released':
      return paint.yellow(`${name} given back to the queue`);
    case 'stale':
      return paint.yellow(`${name} was taken by another worker meanwhile; this attempt ends here`);
    case 'refused':
      return paint.red(`${name} cannot be reported: ${message ?? 'the server refuses it'}`);
    default:
      return paint.yellow(`${name} ${outcome}`);
  }
}

/** `8 s`, `4 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 1) return `${seconds.toFixed(1)} s`;
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
}
