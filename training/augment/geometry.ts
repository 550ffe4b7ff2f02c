import type { Draw } from './draw.ts';
import { type Affine, affineOf } from './matrix.ts';
import { isMove, moveAffine } from './move.ts';
import { cropAffine } from './resized-crop.ts';

/** `first` after `then`, seen from the output: a pixel of the result is looked up by `then`, and what that says by `first`. */
function compose(first: Affine, then: Affine): Affine {
  return {
    rr: first.rr * then.rr + first.rc * then.cr,
    rc: first.rr * then.rc + first.rc * then.cc,
    r0: first.rr * then.r0 + first.rc * then.c0 + first.r0,
    cr: first.cr * then.rr + first.cc * then.cr,
    cc: first.cr * then.rc + first.cc * then.cc,
    c0: first.cr * then.r0 + first.cc * then.c0 + first.c0,
  };
}

/** All that moves pixels before the first change of colours, as one map. */
export interface Geometry {
  affine: Affine | null;
  /** Mirroring after the map; within it already where more follows. */
  flipHorizontal: boolean;
  flipVertical: boolean;
  /** Only a crop: then no pixel from outside the image is needed, and rounding must not ask for one. */
  inside: boolean;
  /** How many steps of the policy it contains. */
  steps: number;
}

/** The map of some steps of a policy, all of which move pixels. */
export function policyAffine(steps: Draw['policy'], rows: number, columns: number): Affine | null {
  const maps = steps.flatMap(({ op, by }) => (isMove(op) && by !== 0 ? [moveAffine(op, by, rows, columns)] : []));
  return maps.length === 0 ? null : maps.reduce(compose);
}

/**
 * Crop, then rotation, shift, shear and zoom, then flips, then the moves that a policy begins with, so that the image is sampled
 * once. Where a channel shift or a brightness stands between, the policy's moves come after it and are not part of it.
 */
export function geometryOf(draw: Draw, rows: number, columns: number): Geometry {
  const { flip_horizontal: flipHorizontal, flip_vertical: flipVertical, policy } = draw;
  const crop = draw.random_resized_crop && cropAffine(draw.random_resized_crop, rows, columns);
  const map = affineOf(draw, rows, columns);
  const affine = crop && map ? compose(crop, map) : (crop ?? map);
  const recoloured = draw.channel_shift !== null || draw.brightness !== null;
  const other = recoloured ? 0 : policy.findIndex(({ op }) => op !== 'Identity' && !isMove(op));
  const steps = other < 0 ? policy.length : other;
  const moves = policyAffine(policy.slice(0, steps), rows, columns);
  if (!moves) return { affine, flipHorizontal, flipVertical, inside: crop !== null && !map, steps };
  const flip: Affine = {
    rr: flipVertical ? -1 : 1,
    rc: 0,
    r0: flipVertical ? rows - 1 : 0,
    cr: 0,
    cc: flipHorizontal ? -1 : 1,
    c0: flipHorizontal ? columns - 1 : 0,
  };
  const flipped = flipHorizontal || flipVertical ? compose(flip, moves) : moves;
  const whole = affine ? compose(affine, flipped) : flipped;
  return { affine: whole, flipHorizontal: false, flipVertical: false, inside: false, steps };
}
