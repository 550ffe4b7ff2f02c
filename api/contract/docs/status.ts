import { statusRoutes } from '../status.ts';
import { docs } from './doc.ts';

export const statusDocs = docs(statusRoutes, {
  getStatus: {
    description:
      'For people it is at `/status`, for Prometheus at `/metrics`, for load balancers at `/healthz`. It answers 200 even when something does not work: look at `ok`.',
    examples: { plain: { after: ['createRun', 'helloWorker'] } },
  },
});
