import type { Block } from './blocks.ts';
import { lowerActivation } from './lowering/activation.ts';
import { lowerAdd } from './lowering/add.ts';
import { lowerAveragePool } from './lowering/average-pool.ts';
import { lowerBatchNormalization } from './lowering/batch-normalization.ts';
import { lowerConcatenate } from './lowering/concatenate.ts';
import { lowerConvolution } from './lowering/convolution.ts';
import { lowerConvolutionTranspose } from './lowering/convolution-transpose.ts';
import { lowerCrop } from './lowering/crop.ts';
import { lowerDense } from './lowering/dense.ts';
import { lowerDepthwise } from './lowering/depthwise.ts';
import { lowerDirectConvolution } from './lowering/direct-convolution.ts';
import { lowerDropout } from './lowering/dropout.ts';
import { lowerFirstConvolution } from './lowering/first-convolution.ts';
import { lowerFlatten } from './lowering/flatten.ts';
import { lowerGlobalAverage } from './lowering/global-average.ts';
import { lowerGlobalMax } from './lowering/global-max.ts';
import { lowerGroupNormalization } from './lowering/group-normalization.ts';
import { lowerLayerNormalization } from './lowering/layer-normalization.ts';
import { lowerMaxPool } from './lowering/max-pool.ts';
import { lowerMultiply } from './lowering/multiply.ts';
import { lowerRescaling } from './lowering/rescaling.ts';
import { lowerSpatialDropout } from './lowering/spatial-dropout.ts';
import { lowerStridedPoint } from './lowering/strided-point.ts';
import { lowerTiledMaxPool } from './lowering/tiled-max-pool.ts';
import { lowerUpSampling } from './lowering/up-sampling.ts';
import { lowerWinograd } from './lowering/winograd.ts';
import { lowerZeroPadding } from './lowering/zero-padding.ts';
import type { Planned } from './operation.ts';
import type { Joined, Lowered, LoweringContext } from './value.ts';

type JoiningKind = 'add' | 'multiply' | 'concatenate';

function lowerPlain(context: LoweringContext, spec: Exclude<Planned, { kind: JoiningKind }>): Lowered {
  switch (spec.kind) {
    case 'convolution':
      return lowerConvolution(context, spec, spec.output);
    case 'depthwise_convolution':
      return lowerDepthwise(context, spec, spec.output);
    case 'convolution_transpose':
      return lowerConvolutionTranspose(context, spec);
    case 'dense':
      return lowerDense(context, spec);
    case 'activation':
      return lowerActivation(context, spec.activation);
    case 'max_pool':
      return lowerMaxPool(context, spec.geometry, spec.output);
    case 'average_pool':
      return lowerAveragePool(context, spec.geometry, spec.output);
    case 'global_average':
      return lowerGlobalAverage(context, spec.keepdims);
    case 'global_max':
      return lowerGlobalMax(context, spec.keepdims);
    case 'up_sampling':
      return lowerUpSampling(context, spec);
    case 'zero_padding':
      return lowerZeroPadding(context, spec.padding);
    case 'rescaling':
      return lowerRescaling(context, spec);
    case 'flatten':
      return lowerFlatten(context);
    case 'crop':
      return lowerCrop(context, spec.output);
    case 'dropout':
      return lowerDropout(context, `mask/${spec.layer}`);
    case 'spatial_dropout':
      return lowerSpatialDropout(context, `mask/${spec.layer}`);
    case 'batch_normalization':
      return lowerBatchNormalization(context, spec, spec.output);
    case 'layer_normalization':
      return lowerLayerNormalization(context, spec);
    case 'group_normalization':
      return lowerGroupNormalization(context, spec, spec.output);
  }
}

/** A lowering whose kernel is `layer/kernel`, whatever the parameter's name. */
function withKernel(context: LoweringContext, layer: string, kernel: string): LoweringContext {
  const own = `${layer}/kernel`;
  if (kernel === own) return context;
  return {
    ...context,
    parameter: (name) => context.parameter(name === own ? kernel : name),
    gradient: (name, t) => context.gradient(name === own ? kernel : name, t),
  };
}

function lowerOne(context: LoweringContext, block: Block): Lowered | Joined {
  switch (block.lowering) {
    case 'first_convolution':
      return lowerFirstConvolution(context, block.spec);
    case 'winograd':
      return lowerWinograd(context, block.spec, block.output);
    case 'direct':
      return lowerDirectConvolution(context, block.spec, block.output);
    case 'tiled_max_pool':
      return lowerTiledMaxPool(context, block.output);
    case 'strided_point':
      return lowerStridedPoint(context, block.spec, block.output);
    case 'pointwise':
      return lowerDense(context, { ...block.spec, inputs: block.spec.channels, units: block.spec.filters });
    case 'plain': {
      const { spec } = block;
      if (spec.kind === 'add') return lowerAdd(context, spec.output);
      if (spec.kind === 'multiply') return lowerMultiply(context, spec.output);
      return spec.kind === 'concatenate' ? lowerConcatenate(context) : lowerPlain(context, spec);
    }
  }
}

/** A block's lowering as one of any number of inputs. */
export function lower(context: LoweringContext, block: Block): Joined {
  const { spec } = block;
  const lowered = lowerOne('kernel' in spec ? withKernel(context, spec.layer, spec.kernel) : context, block);
  if ('join' in lowered) return lowered;
  return {
    join: ([x]) => lowered.forward(x!),
    separate: (d) => [lowered.backward(d)],
  };
}
