import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { trainingConformance } from './training-conformance.ts';

trainingConformance('onnx', createOnnxEngine());

// What sees the whole batch cannot be cut in two. Formulas are the same code: of them the case with every argument will do.
trainingConformance(
  'onnx in halves',
  createOnnxEngine({ parts: 2 }),
  ({ name, layers }) =>
    layers.every((layer) => layer.type !== 'BatchNormalization' || !layer.trainable) &&
    (!name.includes(': ') || name.includes('all together')),
);
