import { color } from './colors.ts';
import { covers, nearest, REACH } from './nearest.ts';
import { type Paths, type Projection, strokeOf } from './paint.ts';
import type { Scene } from './scene.ts';

/** What moves with the pointer, on a canvas of its own: the chart below is not drawn again. */
export function paintOverlay(
  ctx: CanvasRenderingContext2D,
  p: Projection,
  scene: Scene,
  paths: ReadonlyMap<string, Paths>,
  lit: string | null,
  x: number | null,
): void {
  const { box, ratio } = p;
  ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height);
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top - 2 * ratio, box.width, box.height + 4 * ratio);
  ctx.clip();
  ctx.lineJoin = 'round';
  const line = lit ? scene.lines.find((one) => one.id === lit) : undefined;
  if (line) {
    // The others fade to a quarter under a veil in the surface's colour.
    if (scene.lines.length > 1) {
      ctx.globalAlpha = 0.75;
      ctx.fillStyle = color('--surface');
      ctx.fillRect(box.left, box.top, box.width, box.height);
      ctx.globalAlpha = 1;
    }
    const built = paths.get(line.id);
    if (built) {
      const main = built.smooth ?? built.raw;
      ctx.setLineDash(line.style.dash.map((part) => part * ratio));
      ctx.strokeStyle = strokeOf(line);
      if (built.smooth) {
        ctx.globalAlpha = 0.25;
        ctx.lineWidth = 1.5 * ratio;
        ctx.stroke(built.raw);
        ctx.globalAlpha = 1;
      }
      ctx.strokeStyle = color('--surface');
      ctx.lineWidth = 4.5 * ratio;
      ctx.stroke(main);
      ctx.strokeStyle = strokeOf(line);
      ctx.lineWidth = 2.5 * ratio;
      ctx.stroke(main);
      ctx.setLineDash([]);
    }
  }
  if (x !== null && x >= p.from && x <= p.to) {
    const at = Math.round(p.x(x)) + 0.5;
    ctx.strokeStyle = color('--line-control');
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(at, box.top);
    ctx.lineTo(at, box.top + box.height);
    ctx.stroke();
    const dotted = line ? [line] : scene.lines.length <= 30 ? scene.lines : [];
    for (const one of dotted) {
      const index = nearest(one.x, x);
      if (index < 0 || !covers(one.x, x, (p.to - p.from) * REACH)) continue;
      const value = one.smooth?.[index] ?? (one.y[index] as number);
      if (!Number.isFinite(value) || (scene.log && value <= 0)) continue;
      ctx.beginPath();
      ctx.arc(p.x(one.x[index] as number), p.y(value), 3 * ratio, 0, 2 * Math.PI);
      ctx.fillStyle = strokeOf(one);
      ctx.strokeStyle = color('--surface');
      ctx.lineWidth = ratio;
      ctx.fill();
      ctx.stroke();
    }
  }
  ctx.restore();
}
