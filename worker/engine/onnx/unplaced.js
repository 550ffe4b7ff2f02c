// Which nodes of a model a provider would leave to the CPU. A process of its own, because ONNX Runtime tells it to its log alone.
// Arguments: provider, device id. The model comes on standard input, the log goes to standard error.
import { buffer } from 'node:stream/consumers';
import { InferenceSession } from 'onnxruntime-node';

const [name, deviceId] = process.argv.slice(2);
const model = await buffer(process.stdin);
const INFO = 1;
try {
  await InferenceSession.create(model, {
    executionProviders: [name === 'cuda' ? { name, deviceId: Number(deviceId) } : { name, preferredLayout: 'NCHW' }],
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: INFO,
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  });
} catch {
  // That it refuses is known.
}
process.exit(0);
