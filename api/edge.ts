import { DirectoryObject } from './edge/directory.ts';
import type { EdgeEnv } from './edge/env.ts';
import { createEdgeFront } from './edge/front.ts';
import { ProjectObject } from './edge/project.ts';

export { DirectoryObject, ProjectObject };

export default {
  fetch: (request, env) => {
    // The platform's own header: a client's is overwritten.
    const address = request.headers.get('cf-connecting-ip') ?? '';
    return createEdgeFront(env)(request, { address });
  },
} satisfies ExportedHandler<EdgeEnv>;
