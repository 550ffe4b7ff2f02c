import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Device, Findings, MissingDevice } from './device.ts';
import { nvidiaGpus } from './nvidia.ts';
import { runProbe } from './run-probe.ts';
import { systemGpu } from './system-gpu.ts';
import { adaptersInLog, hasVulkanDriver, isSoftware } from './vulkan.ts';

const require = createRequire(import.meta.url);

/** Brings the CUDA provider: onnxruntime-node's own script fetches it, for CUDA 12, on Linux x64. */
const CUDA_COMMAND = 'ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js';
const VULKAN_FIX =
  'A GPU’s Vulkan driver is needed: on Debian, apt-get install libvulkan1 and the vendor’s driver (mesa-vulkan-drivers for AMD and Intel, nvidia-driver for NVIDIA)';

type Found = { devices: Device[] } | { missing: MissingDevice };

/**
 * Looks for GPUs through WebGPU and CUDA, each in a process of its own. Where nothing is installed that could answer, none is
 * started. Takes a second or so where there is something.
 */
export async function findDevices(
  kinds: readonly Device['kind'][] = ['cuda', 'webgpu'],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Findings> {
  const found = await Promise.all(kinds.map((kind) => (kind === 'cuda' ? findCuda(env) : findWebGpu(env))));
  return {
    devices: found.flatMap((one) => ('devices' in one ? one.devices : [])),
    missing: found.flatMap((one) => ('missing' in one ? [one.missing] : [])),
  };
}

async function findWebGpu(env: NodeJS.ProcessEnv): Promise<Found> {
  const linux = process.platform === 'linux';
  const missing = (reason: string): Found => ({
    missing: { kind: 'webgpu', reason, fix: linux ? VULKAN_FIX : 'Update the graphics driver' },
  });
  if (linux && !hasVulkanDriver(env)) return missing('no Vulkan driver is installed');
  const { answered, reason, log } = await runProbe('webgpu', env);
  if (!answered) return missing(reason.split(': ').at(-1)!);
  const name = linux ? (adaptersInLog(log)[0] ?? null) : await systemGpu();
  const driver = name?.includes('NVIDIA') ? kernelDriver() : null;
  // An adapter without a name on a Linux without a GPU's device file can only be software.
  const software = name === null ? linux && !GPU_FILES.some((file) => existsSync(file)) : isSoftware(name);
  return { devices: [{ kind: 'webgpu', id: 0, name, driver, software }] };
}

/** Kernel interfaces to GPUs: of Mesa's drivers, of NVIDIA's, and of Windows's from inside its Linux. */
const GPU_FILES = ['/dev/dri', '/dev/nvidia0', '/dev/dxg'];

function kernelDriver(): string | null {
  const file = '/sys/module/nvidia/version';
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

async function findCuda(env: NodeJS.ProcessEnv): Promise<Found> {
  const missing = (reason: string, fix: string): Found => ({ missing: { kind: 'cuda', reason, fix } });
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return missing('ONNX Runtime’s npm package has it for Linux x64 only', 'WebGPU needs nothing');
  }
  const folder = join(dirname(require.resolve('onnxruntime-node/package.json')), 'bin', 'napi-v6', 'linux', 'x64');
  if (!existsSync(join(folder, 'libonnxruntime_providers_cuda.so'))) {
    return missing('its provider is not installed', `Optional, about 400 MB: ${CUDA_COMMAND}`);
  }
  const gpus = await nvidiaGpus(env.CUDA_VISIBLE_DEVICES);
  const { answered, reason } = await runProbe('cuda', env);
  if (!answered) {
    return missing(
      reason,
      'CUDA 12 and cuDNN 9 must be on the library path, beside NVIDIA’s driver: apt-get install nvidia-driver; pip install nvidia-cuda-runtime-cu12 nvidia-cublas-cu12 nvidia-cudnn-cu12 nvidia-cufft-cu12, with their lib folders in LD_LIBRARY_PATH',
    );
  }
  if (gpus.length === 0) return { devices: [{ kind: 'cuda', id: 0, name: null, driver: null, software: false }] };
  return { devices: gpus.map(({ name, driver }, id) => ({ kind: 'cuda', id, name, driver, software: false })) };
}
