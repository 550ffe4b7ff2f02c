import { openS3 } from '@tidemark/api/node/s3';
import { blobConformance } from '../../support/blob-conformance.ts';
import { openS3Server } from '../../support/open-s3.ts';

blobConformance(async () => {
  const { settings, leftovers, smallestPart, close } = await openS3Server();
  return { store: openS3(settings, 'mine'), other: openS3(settings, 'other'), leftovers, smallestPart, close };
});
