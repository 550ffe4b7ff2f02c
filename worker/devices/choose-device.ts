import { type Device, describeDevice, type Findings } from './device.ts';

export type DeviceWish = 'auto' | 'cpu' | 'webgpu' | 'cuda';

/** Where the wish comes from, for the sentence that says why. */
export type WishedBy = '--device' | 'config';

export interface DeviceChoice {
  device: Device | null;
  /** Why it was taken: "auto: the first GPU that CUDA has". */
  why: string;
}

/** What was named is not there. */
export class DeviceMissing extends Error {
  override readonly name = 'DeviceMissing';
}

const BY = { '--device': 'named by the worker’s --device', config: 'named by the config' } as const;

/**
 * What to train on. `auto` takes CUDA where its provider answers, else a real GPU through WebGPU, else the CPU; an adapter made of
 * software is taken only when `webgpu` is named.
 * @param id which of several GPUs, for a worker with one slot each
 * @throws DeviceMissing when a named device is not there, with what would bring it
 */
export function chooseDevice(wish: DeviceWish, by: WishedBy, { devices, missing }: Findings, id = 0): DeviceChoice {
  if (wish === 'cpu') return { device: null, why: BY[by] };
  const of = (kind: Device['kind']) => devices.filter((device) => device.kind === kind);
  const pick = (list: readonly Device[]) => list[id % list.length] ?? null;
  if (wish !== 'auto') {
    const device = pick(of(wish));
    if (device) return { device, why: BY[by] };
    const lack = missing.find(({ kind }) => kind === wish);
    const reason = lack ? `: ${lack.reason}. ${lack.fix}` : ' that was looked for';
    const where = by === 'config' ? 'The config names' : '--device names';
    throw new DeviceMissing(
      `${where} ${wish}, but this worker has none${reason}. With "auto" it would train on what it has.`,
    );
  }
  const cuda = pick(of('cuda'));
  if (cuda) return { device: cuda, why: 'auto: CUDA answers' };
  const real = pick(of('webgpu').filter(({ software }) => !software));
  if (real) return { device: real, why: 'auto: a GPU answers through WebGPU' };
  const software = of('webgpu')[0];
  if (software) return { device: null, why: `auto: the only adapter is software, ${software.name}` };
  return { device: null, why: 'auto: no GPU found' };
}

/** For people: what a worker will train on. */
export const describeChoice = ({ device, why }: DeviceChoice): string =>
  `${device ? describeDevice(device) : 'CPU'}; ${why}`;
