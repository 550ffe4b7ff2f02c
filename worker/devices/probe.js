// Starts a GPU provider of ONNX Runtime on the smallest model there is: y = Identity(x). A process of its own, because a start that fails
// cannot be undone in a process, and may end it. Argument: webgpu or cuda. Exit code 0 when a GPU answered; else a line says why.
import { InferenceSession, Tensor } from 'onnxruntime-node';

// Protocol-buffer fields of a ModelProto (onnx.proto): a field is its number and wire type, then its length, then its bytes.
const field = (number, ...bytes) => [(number << 3) | 2, bytes.length, ...bytes];
const text = (value) => [...new TextEncoder().encode(value)];
const varint = (number, value) => [number << 3, value];
const shape = field(2, ...field(1, ...varint(1, 1)));
const float = field(2, ...field(1, ...varint(1, 1), ...shape));
const node = field(1, ...field(1, ...text('x')), ...field(2, ...text('y')), ...field(4, ...text('Identity')));
const io = (number, name) => field(number, ...field(1, ...text(name)), ...float);
const graph = field(7, ...node, ...field(2, ...text('g')), ...io(11, 'x'), ...io(12, 'y'));
const model = Uint8Array.from([...varint(1, 10), ...graph, ...field(8, ...varint(2, 21))]);

try {
  const session = await InferenceSession.create(model, {
    executionProviders: [process.argv[2]],
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  });
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(42), [1]) });
  if (y.data[0] !== 42) throw new Error('the GPU answers wrongly');
  process.exit(0);
} catch (error) {
  console.log(String(error?.message ?? error).split('\n')[0]);
  process.exit(1);
}
