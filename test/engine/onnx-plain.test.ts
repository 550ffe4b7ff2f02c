import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { conformance } from './conformance.ts';

conformance('onnx, plain lowerings', createOnnxEngine({ fast: false }));
