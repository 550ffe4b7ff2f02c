import { openWorkerd } from '../../support/open-workerd.ts';
import { oidcSuite } from './login.contract.ts';
import { openProvider } from './provider.ts';
import { settingsOf } from './settings.ts';

oidcSuite(async () => {
  const provider = await openProvider('tidemark', 'a secret of the client');
  const server = await openWorkerd(settingsOf(provider.issuer));
  return { url: server.url, provider, admin: server.admin, close: server.close };
});
