import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maskCommand } from '@tidemark/client/node/capture/mask-command';
import { gpuReader, nvidiaStates } from '@tidemark/client/node/capture/system/gpus';
import { machineSources } from '@tidemark/client/node/capture/system/machine';
import { diskBytes, memoryAvailable, networkBytes, processState } from '@tidemark/client/node/capture/system/proc';
import { SystemSampler } from '@tidemark/client/node/capture/system/sampler';
import type { SystemSources } from '@tidemark/client/node/capture/system/sources';
import { startSampling } from '@tidemark/client/node/capture/system/start';
import { describe, expect, test, vi } from 'vitest';

const sources = (more: Partial<SystemSources> = {}): SystemSources => ({
  cpu: () => null,
  memory: () => null,
  process: () => null,
  disk: async () => null,
  diskTraffic: async () => null,
  network: async () => null,
  gpus: async () => [],
  ...more,
});

describe('the machine’s figures', () => {
  test('shares and rates count from the sample before; the rest stands at once', async () => {
    let at = 1000;
    let n = 0;
    const sampler = new SystemSampler(
      sources({
        cpu: () => ({ busy: 10 * n, total: 40 * n }),
        memory: () => ({ used: 3, total: 12 }),
        process: () => ({ cpuSeconds: 30 * n, memory: 77 }),
        disk: async () => ({ used: 1, total: 2 }),
        diskTraffic: async () => ({ read: 1500 * n, written: 3000 * n }),
        network: async () => ({ received: 150 * n, sent: 300 * n }),
        gpus: async () => [
          { index: 0, utilization: 92, memoryUsed: 6, memoryTotal: 8, temperature: 61, power: 250.5 },
          { index: 1, utilization: null, memoryUsed: null, memoryTotal: null, temperature: null, power: null },
        ],
      }),
      () => at,
    );
    const still = {
      'system/process.memory': 77,
      'system/memory': 25,
      'system/memory.used': 3,
      'system/disk': 50,
      'system/gpu.0.utilization': 92,
      'system/gpu.0.memory': 75,
      'system/gpu.0.memory.used': 6,
      'system/gpu.0.temperature': 61,
      'system/gpu.0.power': 250.5,
    };
    expect(await sampler.sample()).toEqual(still);
    [at, n] = [16_000, 1];
    expect(await sampler.sample()).toEqual({
      ...still,
      'system/cpu': 25,
      'system/process.cpu': 200,
      'system/disk.read': 100,
      'system/disk.written': 200,
      'system/network.received': 10,
      'system/network.sent': 20,
    });
    // Counters that fell began anew.
    [at, n] = [31_000, 0];
    expect(await sampler.sample()).toEqual(still);
  });

  test('a source that fails is left out, and nothing is logged of a machine that says nothing', async () => {
    const broken = () => {
      throw new Error('no such file');
    };
    const sampler = new SystemSampler(
      sources({ cpu: broken, network: async () => broken(), memory: () => ({ used: 1, total: 2 }) }),
      () => 0,
    );
    expect(await sampler.sample()).toEqual({ 'system/memory': 50, 'system/memory.used': 1 });
  });

  test('are taken every 15 s, never two at a time, until they are stopped', async () => {
    vi.useFakeTimers();
    const emit = vi.fn();
    const stop = startSampling({
      sources: sources({ memory: () => ({ used: 1, total: 2 }) }),
      monotonic: () => 0,
      emit,
    });
    await vi.advanceTimersByTimeAsync(14_999);
    expect(emit).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(30_001);
    expect(emit).toHaveBeenCalledTimes(3);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(emit).toHaveBeenCalledTimes(3);
    vi.useRealTimers();
  });

  test('of this very machine are within their bounds', async () => {
    const sampler = new SystemSampler(machineSources(tmpdir()), () => performance.now());
    await sampler.sample();
    for (let x = 0; x < 3e7; x++) Math.sqrt(x);
    const values = await sampler.sample();
    for (const key of ['cpu', 'memory', 'disk', 'process.cpu'] as const) {
      expect(values[`system/${key}`], key).toBeGreaterThanOrEqual(0);
      if (key !== 'process.cpu') expect(values[`system/${key}`], key).toBeLessThanOrEqual(100);
    }
    expect(values['system/process.memory']).toBeGreaterThan(2 ** 20);
  });

  test.runIf(process.platform === 'linux')('of another process are those of that process', async () => {
    const own = machineSources(tmpdir(), () => process.pid).process()!;
    const other = machineSources(tmpdir(), () => process.ppid).process()!;
    expect(other.memory).toBeGreaterThan(0);
    expect(own.cpuSeconds).toBeGreaterThan(0);
    expect(() => machineSources(tmpdir(), () => 2 ** 30).process()).toThrow();
  });
});

describe('what the system writes', () => {
  test('of memory, disks and network', () => {
    expect(memoryAvailable('MemTotal:  100 kB\nMemAvailable:   64 kB\n')).toBe(65_536);
    expect(memoryAvailable('MemTotal:  100 kB\n')).toBeNull();
    const disks = [
      '   8       0 sda 10 0 100 5 20 0 200 5 0 0 0 0 0 0 0',
      '   8       1 sda1 10 0 100 5 20 0 200 5 0 0 0 0 0 0 0',
      ' 259       0 nvme0n1 10 0 1 5 20 0 2 5 0 0 0',
      ' 253       0 dm-0 10 0 100 5 20 0 200 5 0 0 0',
      '   7       0 loop0 10 0 100 5 20 0 200 5 0 0 0',
    ].join('\n');
    expect(diskBytes(disks)).toEqual({ read: 101 * 512, written: 202 * 512 });
    expect(diskBytes('')).toBeNull();
    const net =
      'Inter-|   Receive |  Transmit\n face |bytes packets\n    lo: 9 1 0 0 0 0 0 0 9 1 0 0 0 0 0 0\n  eth0:1000 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\nveth1: 7 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n';
    expect(networkBytes(net)).toEqual({ received: 1000, sent: 500 });
  });

  test('of a process, whatever its name', () => {
    const rest = Array.from({ length: 50 }, (_, i) => String(i + 3));
    expect(processState(`12 (a ) b) S ${rest.slice(1).join(' ')}`)).toEqual({
      cpuSeconds: (14 + 15) / 100,
      memory: 24 * 4096,
    });
    expect(processState('nonsense')).toBeNull();
  });

  test('of GPUs by NVIDIA’s tool, some of it not available', () => {
    expect(nvidiaStates('0, 92, 6144, 81559, 61, 250.50\n1, [N/A], [N/A], [N/A], 40, [N/A]\n')).toEqual([
      {
        index: 0,
        utilization: 92,
        memoryUsed: 6144 * 2 ** 20,
        memoryTotal: 81559 * 2 ** 20,
        temperature: 61,
        power: 250.5,
      },
      { index: 1, utilization: null, memoryUsed: null, memoryTotal: null, temperature: 40, power: null },
    ]);
    expect(nvidiaStates('No devices were found\n')).toEqual([]);
  });

  test('of GPUs by AMD’s driver', async () => {
    const drm = mkdtempSync(join(tmpdir(), 'tidemark-drm-'));
    const device = join(drm, 'card1', 'device');
    mkdirSync(join(device, 'hwmon', 'hwmon3'), { recursive: true });
    mkdirSync(join(drm, 'card0', 'device'), { recursive: true });
    writeFileSync(join(device, 'gpu_busy_percent'), '37\n');
    writeFileSync(join(device, 'mem_info_vram_used'), '100\n');
    writeFileSync(join(device, 'mem_info_vram_total'), '400\n');
    writeFileSync(join(device, 'hwmon', 'hwmon3', 'temp1_input'), '61000\n');
    writeFileSync(join(device, 'hwmon', 'hwmon3', 'power1_average'), '120500000\n');
    const states = await gpuReader(drm)();
    expect(states.at(-1)).toMatchObject({
      utilization: 37,
      memoryUsed: 100,
      memoryTotal: 400,
      temperature: 61,
      power: 120.5,
    });
    rmSync(drm, { recursive: true });
  });
});

test('secrets of a command line are masked, and nothing else is', () => {
  expect(
    maskCommand([
      'node',
      'train.ts',
      '--token',
      'abc',
      '--api-key=abc',
      'WANDB_API_KEY=abc',
      '--max_tokens',
      '512',
      '--lr=0.1',
      'https://me:pass@example.com/x?access_token=abc&y=1',
      '--password',
      '--verbose',
      'hf_abcdefghijklmnopqrstuvwxyz',
    ]),
  ).toEqual([
    'node',
    'train.ts',
    '--token',
    '***',
    '--api-key=***',
    'WANDB_API_KEY=***',
    '--max_tokens',
    '512',
    '--lr=0.1',
    'https://***@example.com/x?access_token=***&y=1',
    '--password',
    '--verbose',
    '***',
  ]);
});
