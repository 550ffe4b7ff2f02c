import { frontRoutes } from '../front.ts';
import { docs } from './doc.ts';

const slug = 'The project’s name in addresses.';
const params = { slug: '{{createProject.slug}}' };

export const frontDocs = docs(frontRoutes, {
  createProject: {
    description:
      'Its addresses begin with `/p/{slug}`. A project has a database, artifacts, members and tokens of its own.',
    examples: { plain: { body: { slug: 'vision', title: 'Vision' } } },
  },
  listProjects: { description: 'Of this server, with their figures.', examples: { all: { after: ['createProject'] } } },
  showProject: { description: 'As in the list.', parameters: { slug }, examples: { one: { params } } },
  changeProject: {
    description: 'An archived project is read-only and keeps its addresses.',
    parameters: { slug },
    examples: { title: { params, body: { title: 'Computer vision' } } },
  },
  deleteProject: {
    description: 'There is no way back. The project `default` stays.',
    parameters: { slug, confirm: 'The slug once more.' },
    examples: {
      one: {
        params,
        query: { confirm: 'vision' },
        last: true,
        after: ['changeProject', 'showProject', 'createProjectToken', 'listProjects'],
      },
    },
  },
  createProjectToken: {
    description: 'For the day on which nobody has a token of the project any more.',
    parameters: { slug },
    examples: { plain: { params } },
  },
  home: { description: 'What the first page shows.', examples: { plain: { after: ['createProject'] } } },
  loginOptions: { description: 'What the login page asks.', examples: { plain: {} } },
});
