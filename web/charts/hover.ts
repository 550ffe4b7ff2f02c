import { createStore } from '../state/store.ts';
import type { SeriesStyle } from './style.ts';

/** The run under the pointer, in a table row or near a line: lit in every chart and row at once, without a render. */
export const hoverRun = createStore<string | null>(null);

/** The x under the pointer, shared by every chart on the same axis. */
export const crosshair = createStore<{ readonly axis: string; readonly x: number } | null>(null);

export interface TooltipRow {
  readonly id: string;
  readonly label: string;
  readonly style: SeriesStyle;
  readonly value: number;
  readonly smooth: number | null;
  readonly step: number;
}

export interface TooltipState {
  readonly chart: string;
  readonly title: string;
  readonly x: string;
  /** Best first; `more` others are left out. */
  readonly rows: readonly TooltipRow[];
  readonly more: number;
  readonly hovered: string | null;
  /** Of the pointer's column and height, in the window's pixels. */
  readonly left: number;
  readonly top: number;
  readonly frozen: boolean;
}

export const tooltip = createStore<TooltipState | null>(null);
