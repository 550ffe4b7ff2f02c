import { projectRoutes } from '../project.ts';
import { docs } from './doc.ts';

export const projectDocs = docs(projectRoutes, {
  getProject: { description: 'Its title, and what it amounts to.', examples: { plain: { after: ['updateProject'] } } },
  updateProject: {
    description: 'An archived project is read-only.',
    examples: { title: { body: { title: 'Cats and dogs' } } },
  },
});
