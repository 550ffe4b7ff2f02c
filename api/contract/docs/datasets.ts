import { datasetRoutes } from '../datasets.ts';
import { docs } from './doc.ts';

const digest = 'b0a784a5f74d6366962c1e0b8f67beb6ba9e302dcd3440c9ae4d92972e2d7564';
const ref = '`name` (the newest ready version) or `name@3`.';

export const datasetDocs = docs(datasetRoutes, {
  createDataset: {
    description: 'Send what is `missing` to `PUT /blobs/{digest}`, then `POST /datasets/{ref}/commit`.',
    examples: {
      plain: {
        body: {
          name: 'cats',
          files: [
            { path: 'train/cats/1.jpg', digest, size: 23 },
            { path: 'train/dogs/1.jpg', digest, size: 23 },
          ],
        },
      },
    },
  },
  commitDataset: {
    description: 'Again is success. Runs name a version once it is ready.',
    parameters: { ref },
    examples: { ready: { params: { ref: 'cats@1' }, after: ['createDataset', 'putBlob/photograph'] } },
  },
  listDatasets: {
    description: 'Every version.',
    parameters: { name: 'Only versions of this name.' },
    examples: { all: { after: ['commitDataset'] } },
  },
  getDataset: {
    description: 'With its images by folder.',
    parameters: { ref },
    examples: { newest: { params: { ref: 'cats' }, after: ['commitDataset'] } },
  },
  datasetFiles: {
    description: 'Page by page: a version may have 100,000.',
    parameters: { ref },
    examples: { first: { params: { ref: 'cats@1' }, query: { limit: 1 }, after: ['commitDataset'] } },
  },
  datasetVersions: {
    description: 'Each other list of files registered under a name is its next version.',
    parameters: { name: 'The dataset’s name.' },
    examples: { all: { params: { name: 'cats' }, after: ['commitDataset'] } },
  },
  diffDatasets: {
    description:
      'Files by path and by the digest of their bytes: one whose bytes stand under another path now is `moved`. `counts` and `folders` are of the whole.',
    parameters: { ref: `What it is compared with: ${ref}`, to: 'The other version, `name@4`.' },
    examples: { same: { params: { ref: 'cats@1' }, query: { to: 'cats@1' }, after: ['commitDataset'] } },
  },
  datasetLineage: {
    description: 'Configs name a dataset; which version that was is settled when the run is registered.',
    parameters: { ref },
    examples: { runs: { params: { ref: 'cats@1' }, after: ['commitDataset'] } },
  },
});
