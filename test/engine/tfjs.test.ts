import { openEngine } from '@tidemark/worker/engine/index';
import { describe, expect, test } from 'vitest';
import { conformance } from './conformance.ts';
import { trainingConformance } from './training-conformance.ts';

// TIDEMARK_TFJS names a module that exports TensorFlow.js, for machines where @tensorflow/tfjs-node has no binary.
const engine = await openEngine('tfjs').catch((error: Error) => error);

if (engine instanceof Error) {
  describe('tfjs', () => {
    test('says plainly why it is not there', () => {
      expect(engine.message).toMatch(/optional package @tensorflow\/tfjs-node.*Use the onnx engine/);
    });
    test.skip('conformance: @tensorflow/tfjs-node does not load here', () => {});
  });
} else {
  conformance('tfjs', engine);
  trainingConformance('tfjs', engine);
}
