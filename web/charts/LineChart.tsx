import 'uplot/dist/uPlot.min.css';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { formatNumber } from '../format/number.ts';
import { crosshair, hoverRun, tooltip } from './hover.ts';
import styles from './LineChart.module.css';
import { nearest } from './nearest.ts';
import { formatX } from './pick.ts';
import { createPlot, type Plot, tidy } from './plot.ts';
import type { Scene } from './scene.ts';

interface Props {
  scene: Scene;
  /** Key, runs, range and best in words. */
  label: string;
  onLog(log: boolean): void;
  onTable(): void;
}

/** Curves with crosshair, zoom and keyboard: the only wrapper around uPlot. */
export function LineChart({ scene, label, onLog, onTable }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const plot = useRef<Plot | null>(null);
  const latest = useRef(scene);
  latest.current = scene;
  const focused = useRef({ line: 0, index: -1 });
  const [spoken, setSpoken] = useState('');
  const { axis, log } = scene;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another axis or scale needs another uPlot; the rest is read through `latest`.
  useEffect(() => {
    if (!host.current || !overlay.current) return;
    const made = createPlot(host.current, overlay.current, () => latest.current);
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [axis, log]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the scene is read through `latest`.
  useEffect(() => {
    plot.current?.update();
  }, [scene.lines, scene.range, scene.tide?.value, scene.tide?.label, scene.checkpoints, scene.resumes, scene.live]);

  function step(by: number): void {
    const { lines } = latest.current;
    const line = lines[focused.current.line % Math.max(1, lines.length)];
    if (!line || line.x.length === 0) return;
    const cross = crosshair.get();
    const from = focused.current.index >= 0 ? focused.current.index : cross ? nearest(line.x, cross.x) : -1;
    const index = Math.min(line.x.length - 1, Math.max(0, from < 0 ? (by > 0 ? 0 : line.x.length - 1) : from + by));
    focused.current.index = index;
    const x = line.x[index] as number;
    plot.current?.point(x, line.id);
    setSpoken(`${line.label}, ${formatX(axis, x)}: ${formatNumber(line.y[index])}`);
  }

  function nextLine(by: number): void {
    const { lines } = latest.current;
    if (lines.length === 0) return;
    const before = lines[focused.current.line % lines.length];
    const x = before?.x[Math.max(0, focused.current.index)] ?? 0;
    focused.current.line = (focused.current.line + by + lines.length) % lines.length;
    const line = lines[focused.current.line];
    focused.current.index = line ? nearest(line.x, x) : -1;
    step(0);
  }

  function zoom(factor: number, shift: number): void {
    const [from, to] = plot.current?.window() ?? [0, 1];
    const half = ((to - from) * factor) / 2;
    const middle = (from + to) / 2 + (to - from) * shift;
    scene.onRange(tidy([middle - half, middle + half]));
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => step(event.shiftKey ? -10 : -1),
      ArrowRight: () => step(event.shiftKey ? 10 : 1),
      ArrowUp: () => nextLine(-1),
      ArrowDown: () => nextLine(1),
      w: () => zoom(0.5, 0),
      s: () => zoom(2, 0),
      a: () => zoom(1, -0.25),
      d: () => zoom(1, 0.25),
      0: () => scene.onRange(null),
      l: () => onLog(!log),
      v: onTable,
      Escape: () => {
        tooltip.set(null);
        crosshair.set(null);
        hoverRun.set(null);
      },
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  function onBlur(): void {
    focused.current.index = -1;
    setSpoken('');
    if (tooltip.get()?.chart !== scene.id || tooltip.get()?.frozen) return;
    tooltip.set(null);
    crosshair.set(null);
    hoverRun.set(null);
  }

  return (
    <div
      className={styles.chart}
      role="group"
      aria-roledescription="chart"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read it point by point.
      tabIndex={0}
      onKeyDown={onKeyDown}
      onBlur={onBlur}
    >
      <div ref={host} className={styles.host} />
      <canvas ref={overlay} className={styles.overlay} />
      <span className="sr" aria-live="polite">
        {spoken}
      </span>
    </div>
  );
}
