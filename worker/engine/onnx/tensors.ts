import { type Shape, sizeOf } from '@tidemark/training/layers/shape';
import * as ort from 'onnxruntime-node';

export type Tensors = Record<string, ort.Tensor>;

/** A float32 tensor in this process's memory. */
export const tensor = (dims: Shape, data: Float32Array = new Float32Array(sizeOf(dims))): ort.Tensor =>
  new ort.Tensor('float32', data as Float32Array<ArrayBuffer>, dims); // no shared memory is used here

/** The numbers of a tensor that `tensor` made, or that a session gave back on the CPU. */
export const floats = (t: ort.Tensor): Float32Array => t.data as Float32Array;
