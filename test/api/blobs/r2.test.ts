import { blobConformance } from '../../support/blob-conformance.ts';
import { openR2Worker } from '../../support/open-r2.ts';

blobConformance(async () => {
  const worker = await openR2Worker();
  return { ...worker.open('mine'), other: worker.open('other').store, close: worker.close };
});
