/** The device, or this machine, has no room for a batch of this size: a smaller one may fit. */
export class OutOfMemory extends Error {
  override readonly name = 'OutOfMemory';
}

// How ONNX Runtime says it: its arena (CPU, CUDA), the C++ library, CUDA's libraries, Dawn (WebGPU), and JavaScript's own arrays.
const SIGNS = [
  /Failed to allocate memory for requested buffer of size/i,
  /std::bad_alloc|bad allocation/i,
  /out of memory|out_of_memory/i,
  /CUDNN_STATUS_ALLOC_FAILED|CUBLAS_STATUS_ALLOC_FAILED/,
  /Buffer size \(\d+\) exceeds the max buffer size limit/,
  // Dawn reports the failed allocation to its log alone; what comes back is the buffer that it could not make.
  /\[Invalid Buffer[^\]]*\] is invalid due to a previous error/,
  /Too many storage buffers in shader/,
  /Array buffer allocation failed|Invalid typed array length/,
];

/** The same error, or an `OutOfMemory` where that is what it tells. */
export function recogniseOutOfMemory(error: unknown): unknown {
  if (error instanceof OutOfMemory || !(error instanceof Error)) return error;
  const { message } = error;
  if (!SIGNS.some((sign) => sign.test(message))) return error;
  return new OutOfMemory(`Out of memory: ${message.split('\n')[0]}`, { cause: error });
}
