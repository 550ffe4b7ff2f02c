import { mediaRoutes } from '../media.ts';
import { docs } from './doc.ts';

const id = 'The run’s id.';
const run = '{{createRun/script.id}}';
const time = 1_764_000_000_000;
const digest = 'b0a784a5f74d6366962c1e0b8f67beb6ba9e302dcd3440c9ae4d92972e2d7564';

export const mediaDocs = docs(mediaRoutes, {
  saveMedia: {
    description:
      'A lease holder, or a script that has a session, adds `Tidemark-Lease: attempt.token`. The bytes of images are stored first: `PUT /blobs/{digest}`.',
    parameters: { id },
    examples: {
      several: {
        params: { id: run },
        body: {
          items: [
            {
              key: 'samples',
              step: 1,
              time,
              value: {
                type: 'image',
                images: [{ digest, contentType: 'image/png', width: 64, height: 64, caption: 'a cat' }],
              },
            },
            {
              key: 'confusion',
              step: 1,
              time,
              value: {
                type: 'confusion_matrix',
                classes: ['cat', 'dog'],
                counts: [
                  [40, 10],
                  [8, 42],
                ],
              },
            },
          ],
        },
        after: ['putBlob/photograph'],
      },
    },
  },
  listMedia: {
    description: 'The bytes of its images are at `/runs/{id}/media/blobs/{digest}`.',
    parameters: {
      id,
      keys: 'Keys, separated by commas; without, all.',
      type: 'Only media of this type.',
      near: '`latest`, or a step.',
      from: 'The first step, included.',
      to: 'The last step, included.',
    },
    examples: { latest: { params: { id: run }, query: { near: 'latest' }, after: ['saveMedia'] } },
  },
  mediaKeys: {
    description: 'What a page needs to know before it asks for any of them.',
    parameters: { id },
    examples: { all: { params: { id: run }, after: ['saveMedia'] } },
  },
  getMediaBlob: {
    description: 'Only images of this run’s media: other bytes of the project are at `/blobs/{digest}`.',
    parameters: { id },
    produces: ['image/png', 'image/jpeg', 'image/webp', 'image/gif'],
    examples: { image: { params: { id: run, digest }, after: ['saveMedia'] } },
  },
});
