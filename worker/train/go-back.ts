import type { RunConfig } from '@tidemark/training/config';
import type { Position } from '../checkpoint.ts';
import type { StopReason } from '../messages.ts';
import { TrainingError } from '../training-error.ts';
import { readCheckpoint } from './checkpoints.ts';
import type { Gate } from './gate.ts';
import { line, type Port } from './port.ts';
import { positionOf } from './position.ts';
import type { CheckpointWriter } from './writer.ts';

interface Context {
  config: RunConfig;
  gate: Gate;
  port: Port;
  folder: string;
  fetch(digest: string): Promise<Uint8Array>;
}

/**
 * What `nan_policy` says to a loss that is not finite: the run fails; or the last checkpoint is written once more with one rollback
 * more in it, so that the next attempt starts there at a lower learning rate.
 * @returns why to end this attempt
 * @throws TrainingError when the run fails
 */
export async function goBack(
  message: string,
  { callbacks: { rollbacks } }: Position,
  writer: CheckpointWriter,
  { config, gate, port, folder, fetch }: Context,
): Promise<StopReason | 'rollback'> {
  const { action, factor, max_rollbacks } = config.nan_policy;
  if (action === 'fail' || !writer.last) throw new TrainingError('diverged', message);
  if (rollbacks >= max_rollbacks) {
    const often = rollbacks === 1 ? 'once' : `${rollbacks} times`;
    const allowed = `It went back ${often}, which is what nan_policy.max_rollbacks allows.`;
    throw new TrainingError('diverged', `${message} ${allowed}`);
  }
  const { tensors, ...checkpoint } = await readCheckpoint(folder, writer.last, fetch);
  const stopped = await gate.pass();
  if (stopped === 'cancel' || stopped === 'prune') return stopped;
  const position = positionOf({ ...checkpoint, tensors });
  position.callbacks.rollbacks = rollbacks + 1;
  writer.write(position, tensors, ['latest']);
  const how = `rollback ${rollbacks + 1} of ${max_rollbacks}, learning rate times ${Number((factor ** (rollbacks + 1)).toPrecision(6))}`;
  line(port, 'warn', `${message} Going back to the checkpoint of step ${position.step} (${how}).`);
  return 'rollback';
}
