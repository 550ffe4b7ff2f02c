import type * as z from 'zod';
import type { LayerSpec } from '../layers/spec.ts';

/** A layer as a config writes it: defaults may be left out. */
export type WrittenLayer = z.input<typeof LayerSpec>;

/** A model's last layer. */
export interface Head {
  units: number;
  activation: Extract<LayerSpec, { type: 'Dense' }>['activation'];
}

export const BINARY: Head = { units: 1, activation: 'sigmoid' };

/** Dropout, if any, and the last Dense. */
export const headLayers = (
  head: Head,
  dropout: number,
  names: { dropout?: string; dense?: string } = {},
): WrittenLayer[] => [
  ...(dropout > 0
    ? [{ type: 'Dropout' as const, rate: dropout, ...(names.dropout ? { name: names.dropout } : {}) }]
    : []),
  { type: 'Dense', ...head, ...(names.dense ? { name: names.dense } : {}) },
];
