import type { Affine } from './matrix.ts';
import type { Move } from './policy.ts';

/** Whether a policy's operation is one affine map. */
export const isMove = (op: string): op is Move =>
  op.startsWith('Shear') || op.startsWith('Translate') || op === 'Rotate';

/**
 * A policy's geometric operation as a map from output to input pixels: Pillow's, as torchvision calls it. Rotation is about the
 * middle; shears are about the image's upper left corner (not its first pixel's middle), as AutoAugment had them.
 */
export function moveAffine(op: Move, by: number, rows: number, columns: number): Affine {
  if (op === 'TranslateX') return { rr: 1, rc: 0, r0: 0, cr: 0, cc: 1, c0: -by };
  if (op === 'TranslateY') return { rr: 1, rc: 0, r0: -by, cr: 0, cc: 1, c0: 0 };
  if (op === 'ShearX') return { rr: 1, rc: 0, r0: 0, cr: by, cc: 1, c0: 0.5 * by };
  if (op === 'ShearY') return { rr: 1, rc: by, r0: 0.5 * by, cr: 0, cc: 1, c0: 0 };
  const angle = by * (Math.PI / 180);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [y, x] = [(rows - 1) / 2, (columns - 1) / 2];
  return { rr: cos, rc: sin, r0: y - cos * y - sin * x, cr: -sin, cc: cos, c0: x + sin * y - cos * x };
}
