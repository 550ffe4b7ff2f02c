import { artifactRoutes } from '../artifacts.ts';
import { docs } from './doc.ts';

const id = 'The run’s id.';
const run = '{{createRun/script.id}}';

export const artifactDocs = docs(artifactRoutes, {
  putArtifact: {
    description:
      'Send the bytes as they are. `Content-Digest: sha-256=:BASE64:` is checked by the store; a lease holder adds `Tidemark-Lease: attempt.token`.',
    parameters: { id },
    examples: {
      text: {
        params: { id: run, path: 'notes/hello.txt' },
        body: 'hello, tidemark\n',
        headers: {
          'content-type': 'text/plain',
          'content-digest': 'sha-256=:nujduPqoWUmfQ1vWJs1AXZ4UWdW0O33/2iyz7zKVFbs=:',
        },
      },
    },
  },
  getArtifact: {
    description:
      'Always a download, with a policy that lets nothing in it run. `Range` answers 206, `If-None-Match` 304.',
    parameters: { id },
    examples: { text: { params: { id: run, path: 'notes/hello.txt' }, after: ['putArtifact'] } },
  },
  listArtifacts: {
    description: 'Their bytes are at `/runs/{id}/artifacts/{path}`.',
    parameters: { id, prefix: 'Only paths that begin so.' },
    examples: { folder: { params: { id: run }, query: { prefix: 'notes/' }, after: ['putArtifact'] } },
  },
  deleteArtifact: {
    description: 'The bytes go once nothing else means them.',
    parameters: { id },
    examples: {
      one: { params: { id: run, path: 'notes/hello.txt' }, last: true, after: ['getArtifact', 'listArtifacts'] },
    },
  },
  putBlob: {
    description:
      'Checkpoints, dataset files and weights are sent so, and then named by a route of their own. Bytes that nothing names are removed after a day.',
    examples: {
      checkpoint: {
        params: { digest: '6d68d2a4954afad62b06249f4d2d5338208ea43cdf2c6573b6f9101b435f9d59' },
        body: 'a trained net',
      },
      photograph: {
        params: { digest: 'b0a784a5f74d6366962c1e0b8f67beb6ba9e302dcd3440c9ae4d92972e2d7564' },
        body: 'not really a photograph',
      },
      weights: {
        params: { digest: '3d6bf08821c670c0b96fccc49909ebc53c3d1ec7dc182048fb4b526db34d84ed' },
        body: 'weights of a small net',
      },
    },
  },
  getBlob: {
    description: 'A digest’s bytes never change, so they may be kept for ever.',
    examples: {
      checkpoint: {
        params: { digest: '6d68d2a4954afad62b06249f4d2d5338208ea43cdf2c6573b6f9101b435f9d59' },
        after: ['putBlob'],
      },
    },
  },
});
