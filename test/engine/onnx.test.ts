import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { conformance } from './conformance.ts';

conformance('onnx', createOnnxEngine());
