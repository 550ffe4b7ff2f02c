import { frontRoutes } from '../front.ts';
import { docs } from './doc.ts';

export const frontDocs = docs(frontRoutes, {
  createProject: {
    description: 'Its addresses begin with `/p/{slug}`. A project has a database, artifacts and tokens of its own.',
    examples: { plain: { body: { slug: 'vision' } } },
  },
  listProjects: { description: 'Of this server.', examples: { all: { after: ['createProject'] } } },
});
