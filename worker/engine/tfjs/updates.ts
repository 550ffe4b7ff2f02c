import type { Step } from '../onnx/stepper.ts';
import { decays, type UpdateRule } from '../onnx/update.ts';
import type { Tensor, TensorFlow } from './tensorflow.ts';
import { type Parameter, update } from './update.ts';

/** A parameter's slots by their last name, its value, and the gradient of this batch's mean loss. */
type Parameters = ReadonlyMap<string, Parameter>;

function clip(tf: TensorFlow, { config }: UpdateRule, gradients: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const { clipnorm, global_clipnorm: globalNorm, clipvalue } = config;
  const squares = (t: Tensor) => tf.sum(tf.square(t)).dataSync()[0]!;
  const each = (change: (t: Tensor) => Tensor) => new Map([...gradients].map(([name, t]) => [name, change(t)]));
  if (clipnorm !== undefined) return each((t) => tf.mul(t, clipnorm / Math.max(Math.sqrt(squares(t)), clipnorm)));
  if (globalNorm !== undefined) {
    const norm = Math.sqrt([...gradients.values()].reduce((sum, t) => sum + squares(t), 0));
    const scale = globalNorm * Math.min(1 / norm, 1 / globalNorm) + (norm - norm);
    return each((t) => tf.mul(t, scale));
  }
  if (clipvalue !== undefined) return each((t) => tf.clipByValue(t, -clipvalue, clipvalue));
  return new Map(gradients);
}

/** What the onnx engine's `lowerUpdates` does, from values at hand: the next value of every parameter and slot, by state name. */
export function updates(tf: TensorFlow, rule: UpdateRule, step: Step, parameters: Parameters): Map<string, Tensor> {
  const { config } = rule;
  const { gradient_accumulation_steps: steps, use_ema: ema } = config;
  const scalars = rule.scalars(step);
  const next = new Map<string, Tensor>();
  const sums = new Map(
    [...parameters].map(([name, { gradient, slots }]) => [
      name,
      steps ? tf.add(gradient, slots.accumulated!) : gradient,
    ]),
  );
  const taken = scalars.apply !== 0;
  const means = new Map([...sums].map(([name, t]) => [name, steps ? tf.div(t, steps) : t]));
  const clipped = taken ? clip(tf, rule, means) : means;
  for (const [name, { w: before, slots }] of parameters) {
    let w = before;
    if (taken) {
      if (decays(config, name)) w = tf.sub(w, tf.mul(w, scalars.decay!));
      const after = update(tf, config, scalars.rate!, { w, gradient: clipped.get(name)!, slots });
      for (const [slot, t] of Object.entries(after.slots)) next.set(`${name}/${slot}`, t);
      w = after.w;
    }
    if (steps) next.set(`${name}/accumulated`, taken ? tf.mul(slots.accumulated!, 0) : sums.get(name)!);
    if (ema) {
      const momentum = scalars.ema_momentum!;
      const average = tf.add(tf.mul(slots.ema!, momentum), tf.mul(w, 1 - momentum));
      next.set(`${name}/ema`, average);
      if (scalars.overwrite) w = average;
    }
    next.set(name, w);
  }
  return next;
}
