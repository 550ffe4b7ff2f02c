import { weightsRoutes } from '../weights.ts';
import { docs } from './doc.ts';

const digest = '3d6bf08821c670c0b96fccc49909ebc53c3d1ec7dc182048fb4b526db34d84ed';
const name = 'The entry’s name.';

export const weightsDocs = docs(weightsRoutes, {
  createWeights: {
    description: '`source` and `sourceDigest` say what they were read from. A config’s `init.from` then names them.',
    examples: {
      plain: {
        body: {
          name: 'small-net',
          digest,
          framework: 'pytorch',
          tensors: [
            ['conv.weight', [8, 3, 3, 3]],
            ['conv.bias', [8]],
          ],
          license: 'Apache-2.0',
          source: 'https://example.org/small-net.pt',
          sourceDigest: digest,
          normalization: { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
        },
        after: ['putBlob/weights'],
      },
    },
  },
  listWeights: {
    description: 'With how many runs started from each.',
    examples: { all: { after: ['createWeights'] } },
  },
  getWeights: {
    description: '`shapes` are in the order of the file.',
    parameters: { name },
    examples: { one: { params: { name: 'small-net' }, after: ['createWeights'] } },
  },
  deleteWeights: {
    description: 'Runs that started from them still can be repeated.',
    parameters: { name },
    examples: { one: { params: { name: 'small-net' }, last: true, after: ['getWeights'] } },
  },
});
