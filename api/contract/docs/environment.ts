import { environmentRoutes } from '../environment.ts';
import { docs } from './doc.ts';

const id = 'The run’s id.';
const run = '{{createRun/script.id}}';

export const environmentDocs = docs(environmentRoutes, {
  saveEnvironment: {
    description: 'A lease holder, or a script that has a session, adds `Tidemark-Lease: attempt.token`.',
    parameters: { id },
    examples: {
      script: {
        params: { id: run },
        body: {
          command: ['python', 'train.py', '--lr', '0.01'],
          folder: '/home/ada/cats',
          git: {
            commit: '3f0c2b1a9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a',
            branch: 'main',
            remote: 'https://git.example.org/ada/cats.git',
            changed: 1,
            untracked: 0,
            diff: null,
          },
          hostname: 'workstation',
          os: 'Linux 6.1',
          runtime: { name: 'python', version: '3.11.7' },
          packages: { numpy: '2.1.0' },
          cpu: { model: 'AMD Ryzen 9 7950X', cores: 32 },
          memory: 68_719_476_736,
          gpus: [],
        },
      },
    },
  },
  readEnvironments: {
    description: 'An attempt is one try of the run: a retry or a resumed run is another.',
    parameters: { id },
    examples: { all: { params: { id: run }, after: ['saveEnvironment'] } },
  },
});
