import { lineageRoutes } from '../lineage.ts';
import { docs } from './doc.ts';

export const lineageDocs = docs(lineageRoutes, {
  runLineage: {
    description:
      'By content: the same bytes are found wherever they are kept, under whatever name. `GET /datasets/{ref}/lineage` and `GET /models/{name}/versions/{version}/lineage` say the same from where they stand.',
    parameters: { id: 'The run’s id: 32 hexadecimal characters.' },
    examples: { one: { params: { id: '{{createRun/config.id}}' } } },
  },
});
