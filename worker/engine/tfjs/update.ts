import type { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { StepOptions } from '../engine.ts';
import type { Tensor, TensorFlow } from './tensorflow.ts';

interface Parameter {
  w: Tensor;
  gradient: Tensor;
  slots: Readonly<Record<string, Tensor>>;
}

/** Keras 3's update formulas (keras/src/optimizers), slots named as in the onnx engine. `step`: 0 is the first. */
export function update(
  tf: TensorFlow,
  config: OptimizerConfig,
  { step, learningRate }: StepOptions & { step: number },
  { w, gradient, slots }: Parameter,
) {
  const slot = (name: string) => slots[name]!;
  const blend = (old: Tensor, now: Tensor, keep: number) => tf.add(tf.mul(old, keep), tf.mul(now, 1 - keep));
  if (config.name === 'Adam') {
    const { beta_1, beta_2, epsilon } = config;
    const rate = (learningRate * Math.sqrt(1 - beta_2 ** (step + 1))) / (1 - beta_1 ** (step + 1));
    const m = blend(slot('m'), gradient, beta_1);
    const v = blend(slot('v'), tf.square(gradient), beta_2);
    return { w: tf.sub(w, tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon))), slots: { m, v } };
  }
  if (config.name === 'SGD') {
    const change = tf.mul(gradient, learningRate);
    if (config.momentum === 0) return { w: tf.sub(w, change), slots: {} };
    const momentum = tf.sub(tf.mul(slot('momentum'), config.momentum), change);
    const move = config.nesterov ? tf.sub(tf.mul(momentum, config.momentum), change) : momentum;
    return { w: tf.add(w, move), slots: { momentum } };
  }
  const { rho, epsilon, centered, momentum } = config;
  const next: Record<string, Tensor> = { rms: blend(slot('rms'), tf.square(gradient), rho) };
  let moment = next.rms!;
  if (centered) {
    next.mean = blend(slot('mean'), gradient, rho);
    moment = tf.sub(moment, tf.square(next.mean));
  }
  let change = tf.div(tf.mul(gradient, learningRate), tf.sqrt(tf.add(moment, epsilon)));
  if (momentum > 0) {
    change = tf.add(tf.mul(slot('momentum'), momentum), change);
    next.momentum = change;
  }
  return { w: tf.sub(w, change), slots: next };
}
