import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import type { GpuState } from './sources.ts';

const FIELDS = 'index,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw';
/** After so many failures in a row the tool is not asked again. */
const MOST_FAILURES = 3;

/** Asks NVIDIA's tool, and AMD's driver by its files. Where neither is there, the first call finds out and later ones cost nothing. */
export function gpuReader(drm = '/sys/class/drm'): () => Promise<GpuState[]> {
  let failures = 0;
  const amd = amdCards(drm);
  return async () => {
    const cards = amd.map((folder, index) => amdState(folder, index));
    if (failures >= MOST_FAILURES) return cards;
    const text = await runCommand('nvidia-smi', [`--query-gpu=${FIELDS}`, '--format=csv,noheader,nounits']);
    failures = text === null ? failures + 1 : 0;
    if (text === null) return cards;
    const nvidia = nvidiaStates(text);
    return [...nvidia, ...cards.map((card) => ({ ...card, index: card.index + nvidia.length }))];
  };
}

/** @param text lines of FIELDS; what a card does not say is `[N/A]` */
export function nvidiaStates(text: string): GpuState[] {
  return text
    .split('\n')
    .map((line) => line.split(',').map((part) => part.trim()))
    .filter((parts) => /^\d+$/.test(parts[0] ?? ''))
    .map((parts) => {
      const number = (at: number): number | null => (/^-?\d/.test(parts[at] ?? '') ? Number(parts[at]) : null);
      const mebibytes = (at: number): number | null => {
        const value = number(at);
        return value === null ? null : value * 2 ** 20;
      };
      return {
        index: Number(parts[0]),
        utilization: number(1),
        memoryUsed: mebibytes(2),
        memoryTotal: mebibytes(3),
        temperature: number(4),
        power: number(5),
      };
    });
}

/** Folders of cards that amdgpu drives. */
function amdCards(drm: string): string[] {
  try {
    return readdirSync(drm)
      .filter((name) => /^card\d+$/.test(name))
      .sort((a, b) => Number(a.slice(4)) - Number(b.slice(4)))
      .map((name) => join(drm, name, 'device'))
      .filter((folder) => numberIn(join(folder, 'gpu_busy_percent')) !== null);
  } catch {
    return [];
  }
}

/** amdgpu's files, by the kernel's documentation of it: bytes, millidegrees, microwatts. */
function amdState(folder: string, index: number): GpuState {
  const sensors = sensorsOf(folder);
  const temperature = sensors === null ? null : numberIn(join(sensors, 'temp1_input'));
  const power =
    sensors === null ? null : (numberIn(join(sensors, 'power1_average')) ?? numberIn(join(sensors, 'power1_input')));
  return {
    index,
    utilization: numberIn(join(folder, 'gpu_busy_percent')),
    memoryUsed: numberIn(join(folder, 'mem_info_vram_used')),
    memoryTotal: numberIn(join(folder, 'mem_info_vram_total')),
    temperature: temperature === null ? null : temperature / 1000,
    power: power === null ? null : power / 1e6,
  };
}

function sensorsOf(folder: string): string | null {
  try {
    const [first] = readdirSync(join(folder, 'hwmon'));
    return first === undefined ? null : join(folder, 'hwmon', first);
  } catch {
    return null;
  }
}

function numberIn(file: string): number | null {
  try {
    const value = Number(readFileSync(file, 'utf8').trim());
    return Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}
