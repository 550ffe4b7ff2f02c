import type { CompileOptions, Engine } from '../engine/engine.ts';
import { NotOnDevice } from '../engine/onnx/open-on-device.ts';
import { chooseDevice, type DeviceChoice, type DeviceWish, type WishedBy } from './choose-device.ts';
import { describeDevice, type Findings } from './device.ts';

export interface DeviceOptions {
  findings: Findings;
  /** Overrides what a config names. */
  flag: DeviceWish | undefined;
  /** Which of several GPUs this slot has. */
  slot: number;
  /** Told when a model does not fit the GPU that `auto` took. */
  tell(text: string): void;
}

/** An engine that compiles for the device which was wished for and found, and whose sessions say which and why. */
export function onChosenDevice(engine: Engine, { findings, flag, slot, tell }: DeviceOptions): Engine {
  // Other engines have devices of their own kind.
  if (engine.name !== 'onnx') return engine;
  return {
    ...engine,
    async compile(options) {
      const wish = flag ?? options.device;
      const choice = chooseDevice(wish, by(flag), findings, slot);
      try {
        return await engine.compile(placed(options, choice));
      } catch (error) {
        if (wish !== 'auto' || !choice.device || !(error instanceof NotOnDevice)) throw error;
        tell(`${error.message.replace(/ Set device to .*/, '')} It trains on the CPU.`);
        const why = `auto: ${describeDevice(choice.device)} cannot run all of this model`;
        return engine.compile(placed(options, { device: null, why }));
      }
    },
  };
}

const by = (flag: DeviceWish | undefined): WishedBy => (flag === undefined ? 'config' : '--device');

const placed = (options: CompileOptions, { device, why }: DeviceChoice): CompileOptions => ({
  ...options,
  device: device?.kind ?? 'cpu',
  deviceReason: why,
  ...(device ? { deviceId: device.id, deviceName: describeDevice(device) } : {}),
});
