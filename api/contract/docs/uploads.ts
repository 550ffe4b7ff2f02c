import { uploadRoutes } from '../uploads.ts';
import { docs } from './doc.ts';

const digest = '9ab131a48a390436fce1bbf1b85042e13fa76d80d837f400e44c8ada8c54eb65';
const stored = '6d68d2a4954afad62b06249f4d2d5338208ea43cdf2c6573b6f9101b435f9d59';
const givenUp = 'a5aa40063e869f464a0051f2a18c157c2a86e884c09055782bcf94add9b4d116';
const part = 'The number of the part, from 1.';

export const uploadDocs = docs(uploadRoutes, {
  beginArtifact: {
    description:
      'With bytes that are there nothing is sent at all. Else `upload` says how large a part is; send each to `PUT /blobs/{digest}/parts/{part}`, complete the upload, and ask this again.',
    parameters: { id: 'The run’s id.' },
    examples: {
      known: {
        params: { id: '{{createRun/script.id}}', path: 'models/net.bin' },
        body: { digest: '6d68d2a4954afad62b06249f4d2d5338208ea43cdf2c6573b6f9101b435f9d59', size: 13 },
        after: ['putBlob'],
      },
    },
  },
  beginUpload: {
    description: 'An upload that nobody goes on with is given up after a while, with what has arrived.',
    examples: {
      begin: { params: { digest }, body: { size: 8_388_639 } },
    },
  },
  getUpload: {
    description: 'A client that lost its connection asks this and sends the rest.',
    examples: { one: { params: { digest }, after: ['putPart'] } },
  },
  putPart: {
    description: 'Parts come in any order and again; each but the last has `partSize` bytes.',
    parameters: { part },
    examples: {
      last: {
        params: { digest, part: 2 },
        body: 'the last part of a larger file\n',
        headers: { 'content-digest': 'sha-256=:I0AlP28pJxOOYufFPGCGuKnsxKTDv02GfvhWUtK/CuI=:' },
        after: ['beginUpload'],
      },
    },
  },
  signPart: {
    description: 'Only where the upload says `direct`: a server that keeps bytes itself answers `conflict`.',
    parameters: { part },
    examples: { here: { params: { digest, part: 1 }, body: { digest }, after: ['beginUpload'], fails: 'conflict' } },
  },
  confirmPart: {
    description: 'Only after `sign`; the receipt is the ETag of the store’s answer.',
    parameters: { part },
    examples: {
      unknown: {
        params: { digest: givenUp, part: 1 },
        body: { digest: givenUp, receipt: '"etag"' },
        fails: 'not_found',
      },
    },
  },
  completeUpload: {
    description: 'Nothing is seen under the digest before.',
    examples: { again: { params: { digest: stored }, after: ['putBlob'] } },
  },
  abortUpload: {
    description: 'What is stored already stays.',
    examples: {
      one: { params: { digest: '{{beginUpload.upload.digest}}' }, last: true, after: ['getUpload', 'signPart'] },
    },
  },
});
