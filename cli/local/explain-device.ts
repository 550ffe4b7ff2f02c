import { DeviceMissing } from '@tidemark/worker/devices/choose-device';
import { EXIT, Failure } from '../failure.ts';

/** Why a worker did not start, when it is for want of the device that was named. */
export function explainDevice(error: unknown): never {
  if (!(error instanceof DeviceMissing)) throw error;
  throw new Failure(error.message, { hint: '`npx tidemark doctor` says more.', exit: EXIT.failed });
}
