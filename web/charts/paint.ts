import type uPlot from 'uplot';
import { color } from './colors.ts';
import type { ChartLine } from './line.ts';
import type { Scene } from './scene.ts';

/** Data to canvas pixels, for one size and one pair of scales. */
export interface Projection {
  x(value: number): number;
  y(value: number): number;
  readonly box: { left: number; top: number; width: number; height: number };
  readonly from: number;
  readonly to: number;
  /** Canvas pixels in a CSS pixel. */
  readonly ratio: number;
}

export function projection(u: uPlot, log: boolean): Projection {
  const box = u.bbox;
  const x0 = u.scales.x?.min ?? 0;
  const x1 = u.scales.x?.max ?? 1;
  const scale = log ? Math.log10 : (value: number): number => value;
  const y0 = scale(u.scales.y?.min ?? (log ? 1 : 0));
  const y1 = scale(u.scales.y?.max ?? (log ? 10 : 1));
  const kx = box.width / (x1 - x0 || 1);
  const ky = box.height / (y1 - y0 || 1);
  return {
    x: (value) => box.left + (value - x0) * kx,
    y: (value) => (log && value <= 0 ? box.top + box.height : box.top + box.height - (scale(value) - y0) * ky),
    box,
    from: x0,
    to: x1,
    ratio: u.ctx.canvas.width / u.width,
  };
}

/** A line's outlines at one projection: stroked by the chart, and again by the overlay when the line is lit. */
export interface Paths {
  readonly raw: Path2D;
  readonly smooth: Path2D | null;
  readonly band: Path2D | null;
}

/** Points inside the window, and one to either side so that the line reaches the frame. */
function visible(line: ChartLine, p: Projection): [number, number] {
  let start = 0;
  let end = line.x.length;
  while (start < end - 1 && (line.x[start + 1] as number) < p.from) start++;
  while (end > start + 1 && (line.x[end - 2] as number) > p.to) end--;
  return [start, end];
}

export function buildPaths(line: ChartLine, p: Projection, log: boolean): Paths {
  const [start, end] = visible(line, p);
  const drawable = (value: number | null | undefined): value is number =>
    value !== null && value !== undefined && Number.isFinite(value) && !(log && value <= 0);
  const trace = (values: readonly (number | null)[]): Path2D => {
    const path = new Path2D();
    let pen = false;
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (!drawable(value)) {
        pen = false;
        continue;
      }
      const x = p.x(line.x[i] as number);
      const y = p.y(value);
      if (pen) path.lineTo(x, y);
      else {
        path.moveTo(x, y);
        // A point between two gaps would draw nothing: a hair of length shows it.
        if (!drawable(values[i + 1]) || i === end - 1) path.lineTo(x + 0.01, y);
      }
      pen = true;
    }
    return path;
  };
  let band: Path2D | null = null;
  if (line.low && line.high) {
    band = new Path2D();
    for (let i = start; i < end; i++) {
      const low = line.low[i];
      const high = line.high[i];
      if (!drawable(low) || !drawable(high)) continue;
      const x = p.x(line.x[i] as number);
      const before = i > 0 ? p.x(line.x[i - 1] as number) : x;
      const width = Math.max(p.ratio, x - before);
      band.rect(x - width, p.y(high), width, Math.max(p.ratio * 0.5, p.y(low) - p.y(high)));
    }
  }
  return { raw: trace(line.y), smooth: line.smooth ? trace(line.smooth) : null, band };
}

export function strokeOf(line: ChartLine): string {
  return color(`--s${line.style.slot + 1}`);
}

/** The lines, then what cannot be a line, then the marks. Answers each line's paths for the overlay. */
export function paintScene(ctx: CanvasRenderingContext2D, p: Projection, scene: Scene): Map<string, Paths> {
  const { box, ratio } = p;
  const paths = new Map<string, Paths>();
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top - 2 * ratio, box.width, box.height + 4 * ratio);
  ctx.clip();
  ctx.lineJoin = 'round';
  ctx.lineCap = 'round';
  const width = (scene.lines.length > 24 ? 1 : 1.5) * ratio;
  paintResumes(ctx, p, scene);
  const { neutral } = scene;
  const ordered = scene.lines.toSorted((a, b) => Number(neutral.has(b.id)) - Number(neutral.has(a.id)));
  for (const line of ordered) {
    const built = buildPaths(line, p, scene.log);
    paths.set(line.id, built);
    ctx.strokeStyle = neutral.has(line.id) ? color('--line-control') : strokeOf(line);
    ctx.fillStyle = ctx.strokeStyle;
    ctx.setLineDash(line.style.dash.map((part) => part * ratio));
    ctx.lineWidth = width;
    if (built.band) {
      ctx.globalAlpha = built.smooth ? 0.08 : 0.12;
      ctx.fill(built.band);
    }
    const faint = neutral.has(line.id) ? 0.35 : 1;
    ctx.globalAlpha = faint * (built.smooth ? 0.25 : 1);
    ctx.stroke(built.raw);
    ctx.globalAlpha = faint;
    if (built.smooth) ctx.stroke(built.smooth);
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
    paintDots(ctx, p, line, scene.log);
    paintUndrawable(ctx, p, line, scene.log);
    if (line.tag && !neutral.has(line.id)) paintTag(ctx, p, line, scene.log);
  }
  paintCheckpoints(ctx, p, scene);
  ctx.restore();
  if (scene.tide) paintTide(ctx, p, scene.tide.value, scene.tide.label, scene.mode);
  return paths;
}

/** A series of few points is told by its points: one alone would be invisible. */
function paintDots(ctx: CanvasRenderingContext2D, p: Projection, line: ChartLine, log: boolean): void {
  if (line.x.length > 1 && (line.x.length > 40 || line.smooth)) return;
  for (let i = 0; i < line.x.length; i++) {
    const value = line.y[i] as number;
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    ctx.beginPath();
    ctx.arc(p.x(line.x[i] as number), p.y(value), (line.x.length === 1 ? 3.5 : 2) * p.ratio, 0, 2 * Math.PI);
    ctx.fill();
  }
}

/** The letter of a line whose style another one has too, at its end; in the colour of text, as all text. */
function paintTag(ctx: CanvasRenderingContext2D, p: Projection, line: ChartLine, log: boolean): void {
  const last = line.x.findLastIndex(
    (x, i) => x <= p.to && Number.isFinite(line.y[i]) && !(log && (line.y[i] as number) <= 0),
  );
  if (last < 0) return;
  ctx.save();
  ctx.font = `500 ${10 * p.ratio}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.fillStyle = color('--text-2');
  ctx.textAlign = 'right';
  ctx.fillText(
    line.tag,
    p.x(line.x[last] as number) - 2 * p.ratio,
    p.y(line.smooth?.[last] ?? (line.y[last] as number)) - 3 * p.ratio,
  );
  ctx.restore();
}

/** ▽ on the floor for NaN, ▲ and ▼ at the edges for ±∞, a bar on the floor for what a log axis has no place for. */
function paintUndrawable(ctx: CanvasRenderingContext2D, p: Projection, line: ChartLine, log: boolean): void {
  const { top, height } = p.box;
  const size = 4 * p.ratio;
  for (let i = 0; i < line.x.length; i++) {
    const x = p.x(line.x[i] as number);
    if (line.nan?.[i]) triangle(ctx, x, top + height - size, size, 1, false);
    if (line.up?.[i]) triangle(ctx, x, top + size, size, -1, true);
    if (line.down?.[i]) triangle(ctx, x, top + height - size, size, 1, true);
    const value = line.y[i] as number;
    if (log && Number.isFinite(value) && value <= 0) ctx.fillRect(x - p.ratio, top + height - size, 2 * p.ratio, size);
  }
}

/** direction 1 points down, −1 up. */
function triangle(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  size: number,
  direction: 1 | -1,
  filled: boolean,
): void {
  ctx.beginPath();
  ctx.moveTo(x - size, y - size * direction);
  ctx.lineTo(x + size, y - size * direction);
  ctx.lineTo(x, y + size * 0.8 * direction);
  ctx.closePath();
  if (filled) ctx.fill();
  else ctx.stroke();
}

function paintCheckpoints(ctx: CanvasRenderingContext2D, p: Projection, scene: Scene): void {
  ctx.fillStyle = color('--text-3');
  for (const { x } of scene.checkpoints) {
    triangle(ctx, p.x(x), p.box.top + p.box.height - 4 * p.ratio, 4 * p.ratio, -1, true);
  }
}

function paintResumes(ctx: CanvasRenderingContext2D, p: Projection, scene: Scene): void {
  ctx.strokeStyle = color('--line-control');
  ctx.lineWidth = p.ratio;
  ctx.setLineDash([2 * p.ratio, 2 * p.ratio]);
  for (const { x } of scene.resumes) {
    ctx.beginPath();
    ctx.moveTo(p.x(x), p.box.top);
    ctx.lineTo(p.x(x), p.box.top + p.box.height);
    ctx.stroke();
  }
  ctx.setLineDash([]);
}

/** The tide line: a hairline at the best value, and its flag at the right end, on the side where no value can be. */
function paintTide(
  ctx: CanvasRenderingContext2D,
  p: Projection,
  value: number,
  label: string,
  mode: 'min' | 'max',
): void {
  const { left, top, width, height } = p.box;
  const y = Math.round(p.y(value)) + 0.5;
  if (y < top - 1 || y > top + height + 1) return;
  ctx.save();
  ctx.font = `500 ${11 * p.ratio}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.strokeStyle = color('--mark');
  ctx.lineWidth = Math.max(1, Math.round(p.ratio * 0.75));
  ctx.beginPath();
  ctx.moveTo(left, y);
  ctx.lineTo(left + width, y);
  ctx.stroke();
  const flag = 7 * p.ratio;
  const wide = ctx.measureText(label).width;
  const above = mode === 'max' ? y - top > 13 * p.ratio : top + height - y < 14 * p.ratio;
  const baseline = above ? y - 4 * p.ratio : y + 12 * p.ratio;
  const right = left + width - flag - 5 * p.ratio;
  ctx.globalAlpha = 0.6;
  ctx.fillStyle = color('--surface');
  ctx.fillRect(right - wide - 2 * p.ratio, baseline - 10 * p.ratio, wide + 4 * p.ratio, 12 * p.ratio);
  ctx.globalAlpha = 1;
  ctx.fillStyle = color('--mark');
  ctx.textAlign = 'right';
  ctx.fillText(label, right, baseline);
  ctx.fillRect(left + width - flag, above ? y - flag * 0.8 : y, flag, flag * 0.8);
  ctx.restore();
}
