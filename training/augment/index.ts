export { augment } from './augment.ts';
export { describeDraw } from './describe.ts';
export { type Draw, draw, IDENTITY } from './draw.ts';
export { isIdentity } from './is-identity.ts';
