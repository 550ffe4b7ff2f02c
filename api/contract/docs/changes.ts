import { changeRoutes } from '../changes.ts';
import { docs } from './doc.ts';

export const changeDocs = docs(changeRoutes, {
  changes: {
    description:
      'What a page asks that follows a project: first without a cursor, then with the one of the reply before. `reset` means that more changed than is listed. The socket `/api/v1/live` says only when to ask.',
    parameters: { cursor: 'Of the reply before.' },
    examples: {
      start: {},
      since: { query: { cursor: '{{changes.cursor}}' }, after: ['createRun'] },
    },
  },
});
