export { augment } from './augment.ts';
export { describeDraw, describeMix } from './describe.ts';
export { type Draw, draw, IDENTITY } from './draw.ts';
export { isIdentity } from './is-identity.ts';
export { drawMix, type Mix } from './mix.ts';
export { mixBatch } from './mix-batch.ts';
