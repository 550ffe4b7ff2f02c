import type { Front } from '../front.ts';
import { compressed } from './compress.ts';
import type { Log } from './log.ts';

/** The front as the world sees it: replies compressed, requests logged. */
export function served(front: Front, log: Log): Front {
  return async (request, context = {}) => {
    const start = performance.now();
    const { address = '' } = context;
    const response = await compressed(request, await front(request, context), address);
    log.request({
      method: request.method,
      path: new URL(request.url).pathname,
      status: response.status,
      ms: performance.now() - start,
      requestId: response.headers.get('x-request-id') ?? '',
      address,
    });
    return response;
  };
}
