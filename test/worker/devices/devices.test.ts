import { existsSync, readdirSync } from 'node:fs';
import { chooseDevice, describeChoice } from '@tidemark/worker/devices/choose-device';
import type { Device, Findings } from '@tidemark/worker/devices/device';
import { findDevices } from '@tidemark/worker/devices/find-devices';
import { visibleGpus } from '@tidemark/worker/devices/nvidia';
import { onChosenDevice } from '@tidemark/worker/devices/on-chosen-device';
import { Slots } from '@tidemark/worker/devices/slots';
import { adaptersInLog, isSoftware } from '@tidemark/worker/devices/vulkan';
import type { Engine } from '@tidemark/worker/engine/engine';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { NotOnDevice } from '@tidemark/worker/engine/onnx/open-on-device';
import { describe, expect, test } from 'vitest';
import { cases } from '../../engine/cases.ts';
import { compileOptions } from '../../engine/setup.ts';
import { useSoftwareVulkan } from '../../engine/software-vulkan.ts';

const device = (kind: Device['kind'], id: number, name: string): Device => ({
  kind,
  id,
  name,
  driver: null,
  software: isSoftware(name),
});
const cuda = [device('cuda', 0, 'NVIDIA A'), device('cuda', 1, 'NVIDIA B')];
const real = device('webgpu', 0, 'AMD Radeon');
const software = device('webgpu', 0, 'SwiftShader Device (Subzero)');
const found = (...devices: Device[]): Findings => ({ devices, missing: [] });

describe('auto', () => {
  const auto = (findings: Findings, slot = 0) => chooseDevice('auto', 'config', findings, slot);

  test('takes CUDA before WebGPU, a real adapter before the CPU, and never one made of software', () => {
    expect(auto(found(...cuda, real)).device).toBe(cuda[0]);
    expect(auto(found(real)).device).toBe(real);
    expect(auto(found(software))).toEqual({
      device: null,
      why: 'auto: the only adapter is software, SwiftShader Device (Subzero)',
    });
    expect(describeChoice(auto(found()))).toBe('CPU; auto: no GPU found');
  });

  test('gives each slot a GPU of its own, and shares them when there are more slots', () => {
    const names = [0, 1, 2, 3].map((slot) => auto(found(...cuda), slot).device?.name);
    expect(names).toEqual(['NVIDIA A', 'NVIDIA B', 'NVIDIA A', 'NVIDIA B']);
  });
});

describe('a device that is named', () => {
  test('is taken, software too', () => {
    expect(chooseDevice('webgpu', 'config', found(software)).device).toBe(software);
    expect(chooseDevice('cpu', '--device', found(...cuda)).device).toBeNull();
  });

  test('and is not there is refused with what would bring it', () => {
    const missing = [{ kind: 'cuda' as const, reason: 'its provider is not installed', fix: 'Run this.' }];
    expect(() => chooseDevice('cuda', 'config', { devices: [real], missing })).toThrow(
      /The config names cuda, but this worker has none: its provider is not installed\. Run this\./,
    );
    expect(() => chooseDevice('webgpu', '--device', found(...cuda))).toThrow(/--device names webgpu/);
  });
});

describe('an engine on the chosen device', () => {
  const options = { ...compileOptions(cases['Dense alone']!), device: 'auto' as const };

  test('says in its session what it took and why', async () => {
    const engine = onChosenDevice(createOnnxEngine(), { findings: found(), flag: undefined, slot: 0, tell() {} });
    const session = await engine.compile(options);
    expect(session.device).toEqual({ kind: 'cpu', description: 'CPU, 1 thread; auto: no GPU found' });
    await session.dispose();
  });

  test('goes to the CPU when auto’s GPU lacks an operation, and says so; a named GPU is an error', async () => {
    const cpu = createOnnxEngine();
    const lacking: Engine = {
      name: 'onnx',
      compile(own) {
        if (own.device === 'cpu') return cpu.compile(own);
        expect([own.device, own.deviceId]).toEqual(['cuda', 1]);
        throw new NotOnDevice(
          'cuda cannot run the whole training step: it has no kernel for Odd (a). Set device to "cpu".',
        );
      },
    };
    const told: string[] = [];
    const context = { findings: found(...cuda), slot: 1, tell: (text: string) => told.push(text) };
    const session = await onChosenDevice(lacking, { ...context, flag: undefined }).compile(options);
    expect(session.device.description).toBe('CPU, 1 thread; auto: CUDA, NVIDIA B cannot run all of this model');
    expect(told).toEqual([
      'cuda cannot run the whole training step: it has no kernel for Odd (a). It trains on the CPU.',
    ]);
    await session.dispose();
    await expect(onChosenDevice(lacking, { ...context, flag: 'cuda' }).compile(options)).rejects.toThrow(/Odd/);
  });
});

test('a slot is the lowest that no run has', () => {
  const slots = new Slots();
  expect([slots.take(), slots.take(), slots.take()]).toEqual([0, 1, 2]);
  slots.release(1);
  expect([slots.take(), slots.take()]).toEqual([1, 3]);
});

test('NVIDIA’s list is cut as CUDA_VISIBLE_DEVICES cuts it', () => {
  const lines = '0, GPU-aa11, NVIDIA A, 550.1, 8 GiB\n1, GPU-bb22, NVIDIA B, 550.1, 8 GiB\n';
  const names = (visible?: string) => visibleGpus(lines, visible).map(({ name }) => name);
  expect(names()).toEqual(['NVIDIA A', 'NVIDIA B']);
  expect(names('1,0')).toEqual(['NVIDIA B', 'NVIDIA A']);
  expect(names('GPU-bb')).toEqual(['NVIDIA B']);
  expect(names('0,7,1')).toEqual(['NVIDIA A']);
  expect(names('')).toEqual([]);
  expect(visibleGpus('', undefined)).toEqual([]);
});

test('the Vulkan loader’s log names adapters in the order they are taken', () => {
  const log = [
    'INFO:             linux_read_sorted_physical_devices:',
    'INFO:                  Original order:',
    'INFO:                        [0] llvmpipe (LLVM 15.0.6, 256 bits)',
    'INFO:                        [1] NVIDIA GeForce RTX 4090',
    'INFO:                  Sorted order:',
    'INFO:                        [0] NVIDIA GeForce RTX 4090  ',
    'INFO:                        [1] llvmpipe (LLVM 15.0.6, 256 bits)  ',
    'Warning: something else',
  ].join('\n');
  expect(adaptersInLog(log)).toEqual(['NVIDIA GeForce RTX 4090', 'llvmpipe (LLVM 15.0.6, 256 bits)']);
  expect(adaptersInLog('nothing')).toEqual([]);
});

describe('this machine', () => {
  // Where a system has its drivers in /etc, no environment hides them.
  const bare =
    process.platform === 'linux' && !(existsSync('/etc/vulkan/icd.d') && readdirSync('/etc/vulkan/icd.d').length > 0);
  test.runIf(bare)('without a driver: says what is missing, and starts no process to find out', async () => {
    const env = {
      VK_DRIVER_FILES: '',
      XDG_DATA_DIRS: '/nowhere',
      XDG_CONFIG_DIRS: '/nowhere',
      XDG_DATA_HOME: '/nowhere',
    };
    const { devices, missing } = await findDevices(['webgpu'], { ...env, XDG_CONFIG_HOME: '/nowhere' });
    expect(devices).toEqual([]);
    expect(missing[0]).toMatchObject({ kind: 'webgpu', reason: expect.stringMatching(/driver/) });
    expect(missing[0]!.fix).toMatch(/apt-get install libvulkan1/);
  });

  test('with a driver that does not load: the reason is told', async () => {
    const { missing } = await findDevices(['webgpu'], {
      ...process.env,
      VK_DRIVER_FILES: '/nowhere.json',
      VK_ICD_FILENAMES: '/nowhere.json',
    });
    expect(missing.map(({ kind }) => kind)).toEqual(['webgpu']);
    expect(missing[0]!.reason.length).toBeGreaterThan(5);
  });

  const vulkan = useSoftwareVulkan();
  const title = 'software Vulkan is found, and known for software';
  if ('missing' in vulkan) test.skip(`${title}: ${vulkan.missing}`, () => {});
  else
    test(title, async () => {
      const { devices } = await findDevices(['webgpu']);
      expect(devices).toEqual([expect.objectContaining({ kind: 'webgpu', software: true })]);
      expect(devices[0]!.name).toMatch(/SwiftShader/);
    });
});
