import { isWeightsName } from '@tidemark/training/init/source';
import * as z from 'zod';
import { Millis, Sha256 } from './common.ts';
import { route } from './route.ts';

export const WeightsName = z
  .string()
  .refine(isWeightsName, 'lower-case letters, digits and . _ -, and no ending of a file');

const channels = z.array(z.number()).min(1).max(4);
/** Of pixel values 0–255, one number for all channels or one each: the model expects (value − mean) / std. */
export const Normalization = z.object({ mean: channels, std: channels }).meta({ id: 'Normalization' });

const Framework = z.enum(['tidemark', 'tensorflow', 'pytorch', 'onnx']);
const Tensor = z.tuple([z.string().min(1).max(1024), z.array(z.int().min(0)).max(16)]);

export const Weights = z
  .object({
    name: WeightsName,
    /** Of the stored safetensors file: the same weights have the same digest. */
    digest: Sha256,
    size: z.int(),
    /** Whose names and orders of axes the tensors have. */
    framework: Framework,
    tensors: z.int(),
    parameters: z.int(),
    license: z.string(),
    /** The file or address that they were read from, and its SHA-256. */
    source: z.string(),
    sourceDigest: Sha256,
    normalization: Normalization.nullable(),
    createdAt: Millis,
    createdBy: z.string(),
    /** Runs that started from them. */
    runs: z.int(),
  })
  .meta({ id: 'Weights' });
export type Weights = z.output<typeof Weights>;

const text = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^\P{Cc}*$/u, 'one line of text');
const name = z.object({ name: z.string().max(64) });
const tag = 'weights';

export const createWeights = route({
  method: 'POST',
  path: '/weights',
  tag,
  scope: 'write',
  status: 201,
  summary:
    'Register weights whose bytes are stored (PUT /blobs/{digest}): a safetensors file. The same again is success; a name never changes what it means.',
  body: z.strictObject({
    name: WeightsName,
    digest: Sha256,
    framework: Framework,
    /** [[name, dims], …] of every tensor. */
    tensors: z.array(Tensor).min(1).max(20_000),
    license: text(200),
    source: text(1000),
    sourceDigest: Sha256,
    normalization: Normalization.nullable().default(null),
  }),
  response: Weights,
  errors: ['invalid_request', 'conflict', 'too_large'],
});
export const listWeights = route({
  method: 'GET',
  path: '/weights',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Registered weights by name.',
  response: z.object({ weights: z.array(Weights) }),
  errors: [],
});
export const getWeights = route({
  method: 'GET',
  path: '/weights/{name}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'One entry, with the name and shape of each tensor; its bytes are at /blobs/{digest}.',
  params: name,
  response: Weights.extend({ shapes: z.array(Tensor) }).meta({ id: 'WeightsDetail' }),
  errors: ['not_found'],
});
export const deleteWeights = route({
  method: 'DELETE',
  path: '/weights/{name}',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Remove an entry. Its bytes stay as long as a run that starts from them.',
  params: name,
  response: Weights,
  errors: ['not_found'],
});
export const weightsRoutes = { createWeights, listWeights, getWeights, deleteWeights };
