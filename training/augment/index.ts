export { augment } from './augment.ts';
export { describeDraw, describeMix } from './describe.ts';
export { type Draw, draw, IDENTITY } from './draw.ts';
export { isIdentity } from './is-identity.ts';
export { drawMix, type Mix } from './mix.ts';
export { mixBatch } from './mix-batch.ts';
export { type PreviewRow, previewRows } from './preview-rows.ts';
export { type Sample, type SampleImage, sample } from './sample.ts';
