import { readdirSync } from 'node:fs';
import { openWorkerd } from '../support/open-workerd.ts';
import type { OpenFront } from './front-server.ts';
import type { Open } from './server.ts';

// Every suite of this folder, so that none is forgotten here.
for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.contract.ts'))) {
  const module: { suite?(open: Open): void; frontSuite?(open: OpenFront): void } = await import(
    /* @vite-ignore */ `./${file}`
  );
  module.suite?.(openWorkerd);
  module.frontSuite?.(openWorkerd);
}
