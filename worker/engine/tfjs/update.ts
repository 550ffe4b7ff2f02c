import type { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { Tensor, TensorFlow } from './tensorflow.ts';

export interface Parameter {
  w: Tensor;
  gradient: Tensor;
  slots: Readonly<Record<string, Tensor>>;
}

/** Keras 3's update formulas (keras/src/optimizers), slots named as in the onnx engine. `rate`: with Adam's bias correction. */
export function update(
  tf: TensorFlow,
  config: OptimizerConfig,
  rate: number,
  { w, gradient, slots }: Parameter,
): { w: Tensor; slots: Record<string, Tensor> } {
  const slot = (name: string) => slots[name]!;
  const blend = (old: Tensor, now: Tensor, keep: number) => tf.add(tf.mul(old, keep), tf.mul(now, 1 - keep));
  switch (config.name) {
    case 'Adam':
    case 'AdamW': {
      const { beta_1, beta_2, epsilon, amsgrad } = config;
      const m = blend(slot('m'), gradient, beta_1);
      const v = blend(slot('v'), tf.square(gradient), beta_2);
      const next: Record<string, Tensor> = { m, v };
      if (amsgrad) next.v_hat = tf.maximum(slot('v_hat'), v);
      return { w: tf.sub(w, tf.div(tf.mul(m, rate), tf.add(tf.sqrt(next.v_hat ?? v), epsilon))), slots: next };
    }
    case 'SGD': {
      const change = tf.mul(gradient, rate);
      if (config.momentum === 0) return { w: tf.sub(w, change), slots: {} };
      const momentum = tf.sub(tf.mul(slot('momentum'), config.momentum), change);
      const move = config.nesterov ? tf.sub(tf.mul(momentum, config.momentum), change) : momentum;
      return { w: tf.add(w, move), slots: { momentum } };
    }
    case 'Lion': {
      const sign = tf.sign(blend(slot('momentum'), gradient, config.beta_1));
      return {
        w: tf.sub(w, tf.mul(sign, rate)),
        slots: { momentum: blend(slot('momentum'), gradient, config.beta_2) },
      };
    }
    case 'RMSprop': {
      const { rho, epsilon, centered, momentum } = config;
      const next: Record<string, Tensor> = { rms: blend(slot('rms'), tf.square(gradient), rho) };
      let moment = next.rms!;
      if (centered) {
        next.mean = blend(slot('mean'), gradient, rho);
        moment = tf.sub(moment, tf.square(next.mean));
      }
      let change = tf.div(tf.mul(gradient, rate), tf.sqrt(tf.add(moment, epsilon)));
      if (momentum > 0) {
        change = tf.add(tf.mul(slot('momentum'), momentum), change);
        next.momentum = change;
      }
      return { w: tf.sub(w, change), slots: next };
    }
  }
}
