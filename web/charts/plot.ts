import uPlot from 'uplot';
import { theme } from '../state/theme.ts';
import { color } from './colors.ts';
import { grown, padded, type Range, xExtent, yExtent } from './extent.ts';
import { crosshair, hoverRun, tooltip } from './hover.ts';
import { paintOverlay } from './overlay.ts';
import { type Paths, type Projection, paintScene, projection } from './paint.ts';
import { formatX, pick } from './pick.ts';
import type { Scene } from './scene.ts';
import { clockSplits, ELAPSED_STEPS, formatClockTicks, formatElapsed, formatTicks, logSplits } from './ticks.ts';

export interface Plot {
  /** Draws what the scene now says; scales move only where data or zoom did. */
  update(): void;
  /** Puts the crosshair at x, with the tooltip of the line nearest to it. */
  point(x: number, run: string | null): void;
  window(): Range;
  destroy(): void;
}

/**
 * uPlot gives frame, scales, ticks and the drag; the lines are painted here, each on its own x values: uPlot would need one
 * shared x column, and joining a hundred runs by time makes it a hundred times longer.
 */
export function createPlot(host: HTMLElement, overlay: HTMLCanvasElement, read: () => Scene): Plot {
  let paths: ReadonlyMap<string, Paths> = new Map();
  let auto: Range | null = null;
  let frame = 0;
  let pointer: { x: number; y: number; shift: boolean } | null = null;
  const { axis, log } = read();
  const font = `500 11px ${getComputedStyle(document.body).fontFamily}`;
  const ink = { stroke: () => color('--text-3'), font, ticks: { show: false } };
  const grid = { stroke: () => color('--line'), width: 1 };

  const u = new uPlot(
    {
      width: Math.max(50, host.clientWidth),
      height: Math.max(50, host.clientHeight),
      legend: { show: false },
      padding: [6, 14, 0, 0],
      cursor: {
        x: false,
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 5 },
        bind: { dblclick: () => () => null },
      },
      scales: {
        x: { time: false, auto: false, range: (_, low, high) => [low, high] },
        y: { auto: false, distr: log ? 3 : 1, range: (_, low, high) => [low, high] },
      },
      series: [{}, { show: true, paths: () => null, points: { show: false } }],
      axes: [
        {
          ...ink,
          grid: { show: false },
          size: 24,
          gap: 4,
          space: axis === 'time' ? 60 : 44,
          values: (_, splits) => LABELS[axis](splits),
          ...(axis === 'rel' ? { incrs: ELAPSED_STEPS } : {}),
          ...(axis === 'time' ? CLOCK_AXIS : {}),
          ...(axis === 'step' ? { incrs: WHOLE } : {}),
        },
        {
          ...ink,
          grid,
          size: 46,
          gap: 6,
          space: 32,
          values: (_, splits) => formatTicks(splits, log),
          ...(log ? LOG_AXIS : {}),
        },
      ],
      hooks: {
        draw: [
          (self) => {
            paths = paintScene(self.ctx, projection(self, log), read());
            lay();
          },
        ],
        setSelect: [
          (self) => {
            const { left, width } = self.select;
            if (width < 5) return;
            const range = tidy([self.posToVal(left, 'x'), self.posToVal(left + width, 'x')]);
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            if (range[0] < range[1]) read().onRange(range);
          },
        ],
      },
    },
    [[], []],
    host,
  );

  const at = (): Projection => projection(u, log);

  function update(): void {
    const scene = read();
    const extent = xExtent(scene.lines);
    if (!extent) {
      auto = null;
      return;
    }
    const whole: Range = extent[0] < extent[1] ? extent : [extent[0] - 0.5, extent[1] + 0.5];
    auto = grown(auto, whole, scene.live);
    const [from, to] = scene.range ?? auto;
    const values = yExtent(scene.lines, [from, to], log) ?? (log ? [0.1, 1] : [0, 1]);
    const [low, high] = roomForFlag(
      padded(scene.tide && !scene.range ? withTide(values, scene.tide.value, log) : values, log),
      scene,
      u.bbox.height / (u.ctx.canvas.width / u.width),
    );
    u.batch(() => {
      u.setData(
        [
          [from, to],
          [low, high],
        ],
        false,
      );
      u.setScale('x', { min: from, max: to });
      u.setScale('y', { min: low, max: high });
    });
    u.redraw(false);
  }

  /** Draws the overlay in the next frame, once however many things asked for it. */
  function lay(): void {
    if (frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      const { canvas } = u.ctx;
      if (overlay.width !== canvas.width) overlay.width = canvas.width;
      if (overlay.height !== canvas.height) overlay.height = canvas.height;
      const ctx = overlay.getContext('2d');
      const cross = crosshair.get();
      if (ctx) paintOverlay(ctx, at(), read(), paths, hoverRun.get(), cross && cross.axis === axis ? cross.x : null);
    });
  }

  function tell(x: number, y: number | null, all: boolean, left: number, top: number, run: string | null): void {
    const scene = read();
    const picked = pick(scene, at(), x, y, all ? Number.POSITIVE_INFINITY : 7);
    const hovered = run ?? picked.hovered;
    hoverRun.set(hovered);
    crosshair.set({ axis, x });
    tooltip.set(
      picked.rows.length === 0
        ? null
        : { chart: scene.id, title: scene.title, x: formatX(axis, x), ...picked, hovered, left, top, frozen: false },
    );
  }

  function move(event: PointerEvent): void {
    if (tooltip.get()?.frozen) return;
    const box = u.over.getBoundingClientRect();
    pointer = { x: event.clientX - box.left, y: event.clientY - box.top, shift: event.shiftKey };
    const x = u.posToVal(pointer.x, 'x');
    const ratio = u.ctx.canvas.width / u.width;
    tell(x, pointer.y * ratio + u.bbox.top, pointer.shift, event.clientX, event.clientY, null);
  }

  function leave(): void {
    pointer = null;
    if (tooltip.get()?.frozen) return;
    tooltip.set(null);
    crosshair.set(null);
    hoverRun.set(null);
  }

  function click(): void {
    const shown = tooltip.get();
    if (!shown || u.select.width > 0) return;
    if (shown.hovered && !shown.frozen) read().onPick?.(shown.hovered);
    tooltip.set({ ...shown, frozen: !shown.frozen });
  }

  function wheel(event: WheelEvent): void {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const middle = u.posToVal(event.clientX - u.over.getBoundingClientRect().left, 'x');
    const factor = event.deltaY > 0 ? 1.25 : 0.8;
    const [from, to] = window();
    read().onRange(tidy([middle - (middle - from) * factor, middle + (to - middle) * factor]));
  }

  const window = (): Range => [u.scales.x?.min ?? 0, u.scales.x?.max ?? 1];
  const reset = (): void => read().onRange(null);

  u.over.addEventListener('pointermove', move);
  u.over.addEventListener('pointerleave', leave);
  u.over.addEventListener('click', click);
  u.over.addEventListener('dblclick', reset);
  u.over.addEventListener('wheel', wheel, { passive: false });
  const stops = [crosshair.subscribe(lay), hoverRun.subscribe(lay), theme.subscribe(() => u.redraw(false))];
  const observer = new ResizeObserver(() => {
    const width = host.clientWidth;
    const height = host.clientHeight;
    if (width > 0 && height > 0 && (width !== u.width || height !== u.height)) u.setSize({ width, height });
  });
  observer.observe(host);
  update();

  return {
    update,
    point(x, run) {
      const box = u.over.getBoundingClientRect();
      const line = read().lines.find((one) => one.id === run);
      const p = at();
      const value = line ? line.y[nearestIndex(line.x, x)] : undefined;
      const y = value !== undefined && Number.isFinite(value) ? p.y(value) : null;
      tell(x, y, false, box.left + u.valToPos(x, 'x'), box.top + 8, run);
    },
    window,
    destroy() {
      if (pointer || tooltip.get()?.chart === read().id) {
        tooltip.set(null);
        leave();
      }
      cancelAnimationFrame(frame);
      observer.disconnect();
      for (const stop of stops) stop();
      u.destroy();
    },
  };
}

const LABELS = { step: formatTicks, epoch: formatTicks, rel: formatElapsed, time: formatClockTicks } as const;
const CLOCK_AXIS: Partial<uPlot.Axis> = {
  incrs: ELAPSED_STEPS.filter((step) => step >= 1).map((step) => step * 1000),
  splits: (_, __, low, high, step) => clockSplits(low, high, step),
};
const LOG_AXIS: Partial<uPlot.Axis> = {
  splits: (_, __, low, high) => logSplits(low, high),
  filter: (_, splits) => splits,
};

const WHOLE = [1, 2, 5]
  .flatMap((unit) => Array.from({ length: 12 }, (_, power) => unit * 10 ** power))
  .sort((a, b) => a - b);

function nearestIndex(xs: readonly number[], x: number): number {
  const index = xs.findIndex((value) => value >= x);
  return index < 0 ? xs.length - 1 : index;
}

/** The tide line is part of the picture even where the shown lines do not reach it. */
function withTide(values: Range, tide: number, log: boolean): Range {
  if (!Number.isFinite(tide) || (log && tide <= 0)) return values;
  return [Math.min(values[0], tide), Math.max(values[1], tide)];
}

/** A zoom's ends to a thousandth of its width: an address need not say more. */
export function tidy([from, to]: Range): Range {
  const unit = 10 ** Math.floor(Math.log10((to - from) / 1000));
  const round = (value: number): number => Number((Math.round(value / unit) * unit).toPrecision(15));
  return [round(from), round(to)];
}

/** The tide line's flag needs 16 pixels beyond the best value. */
function roomForFlag([low, high]: Range, { tide, mode, range, log, checkpoints, lines }: Scene, pixels: number): Range {
  if (!tide || range || pixels <= 40) return [low, high];
  const floor = mode === 'min' && (checkpoints.length > 0 || lines.some((line) => line.nan));
  const share = (floor ? 20 : 10) / (pixels - 20);
  const room = log ? Math.log10(high / low) * share : (high - low) * share;
  if (mode === 'max') return [low, log ? high * 10 ** room : high + room];
  return [log ? low / 10 ** room : low - room, high];
}
