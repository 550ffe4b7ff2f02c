import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { Graph } from './graph.ts';

interface Options {
  /** Which of several GPUs; CUDA alone can choose. */
  deviceId: number;
  /** Outputs that stay in the GPU's memory; WebGPU alone can keep them there. */
  kept?: readonly string[];
}

/** A graph that this device cannot run as a whole. */
export class NotOnDevice extends Error {
  override readonly name = 'NotOnDevice';
}

/** The graph's own order of axes stays: told to prefer channels last, ONNX Runtime rewrites the graph, and got pads wrong. */
const executionProvider = (provider: Graph['provider'], deviceId: number) =>
  provider === 'cuda' ? { name: provider, deviceId } : { name: provider, preferredLayout: 'NCHW' as const };

let held: Promise<ort.InferenceSession> | undefined;

/**
 * ONNX Runtime gives a WebGPU device back with its last session, and with it every shader it has compiled, which took seconds. One session
 * of next to nothing keeps it for as long as the process lives.
 */
function holdWebGpu(): Promise<unknown> {
  held ??= (async () => {
    const g = new Graph('webgpu');
    g.output('y', g.input('x', [1]), [1]);
    return ort.InferenceSession.create(g.model(), {
      executionProviders: [executionProvider('webgpu', 0)],
      logSeverityLevel: 3,
    });
  })();
  return held;
}

/**
 * Opens a graph on its provider, every node of it: one that would run on the CPU instead would move its data across in every step.
 * @throws NotOnDevice naming the ops that the provider has no kernel for.
 */
export async function openOnDevice(g: Graph, { deviceId, kept = [] }: Options): Promise<ort.InferenceSession> {
  const model = g.model();
  const { provider } = g;
  if (provider === 'webgpu') await holdWebGpu();
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: [executionProvider(provider, deviceId)],
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 3,
      preferredOutputLocation: Object.fromEntries(kept.map((name) => [name, 'gpu-buffer' as const])),
      extra: { session: { disable_cpu_ep_fallback: '1' } },
    });
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('default CPU EP')) throw error;
    const nodes = await unplaced(model, provider, deviceId);
    const named = nodes.map(({ op, node }) => `${op} (${node})`).join(', ');
    throw new NotOnDevice(
      `${provider} cannot run the whole training step: it has no kernel for ${named || 'some of its operations'}. Set device to "cpu".`,
      { cause: error },
    );
  }
}

/** The first node of each op without a kernel, by ONNX Runtime's log. */
export function unplaced(
  model: Uint8Array,
  provider: string,
  deviceId: number,
): Promise<{ op: string; node: string }[]> {
  const script = fileURLToPath(new URL('./unplaced.js', import.meta.url));
  return new Promise((resolve) => {
    const options = { timeout: 120_000, maxBuffer: 2 ** 28 };
    const child = execFile(process.execPath, [script, provider, String(deviceId)], options, (_, __, log) => {
      const found = new Map<string, string>();
      for (const [, op, node] of log.matchAll(/kernel not found in registries for Op type: (\S+) node name: (.*)/g)) {
        if (!found.has(op!)) found.set(op!, node!.trim());
      }
      resolve([...found].map(([op, node]) => ({ op, node })));
    });
    child.stdin!.on('error', () => {}); // it ended before it had read all
    child.stdin!.end(model);
  });
}
