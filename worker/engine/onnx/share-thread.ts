import { parentPort, workerData } from 'node:worker_threads';
import { buffersOf, Share, type ShareTask } from './share.ts';

const share = new Share(workerData);
const port = parentPort!; // this module runs in a worker only

port.on('message', async (task: ShareTask | 'close') => {
  if (task === 'close') {
    await share.release();
    port.close();
    return;
  }
  try {
    const result = await share.run(task);
    port.postMessage(result, buffersOf(result.losses, result.probabilities, result.gradients, result.packed));
  } catch (error) {
    port.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
});
