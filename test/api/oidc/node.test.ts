import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@tidemark/api/config';
import { startServer } from '@tidemark/api/node';
import { PAGES } from '../../support/open-node.ts';
import { oidcSuite } from './login.contract.ts';
import { openProvider } from './provider.ts';
import { settingsOf } from './settings.ts';

oidcSuite(async () => {
  const provider = await openProvider('tidemark', 'a secret of the client');
  const dataDir = await mkdtemp(join(tmpdir(), 'tidemark-oidc-'));
  const config = readConfig({ dataDir, port: 0 }, settingsOf(provider.issuer));
  const server = await startServer(config, { pages: PAGES, report: () => {} });
  return {
    url: server.url,
    provider,
    admin: server.token,
    close: async () => {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
});
