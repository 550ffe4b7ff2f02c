import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSettings } from '@tidemark/client/node/settings';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'server.json'), JSON.stringify({ url: 'http://127.0.0.1:8787', token: 'local' }));
const env = { TIDEMARK_DATA_DIR: folder };

describe('findSettings', () => {
  test('arguments win over the environment, which wins over server.json', () => {
    expect(findSettings({}, env)).toMatchObject({ url: 'http://127.0.0.1:8787', token: 'local', project: undefined });
    const both = { ...env, TIDEMARK_URL: 'https://a/', TIDEMARK_TOKEN: 'from-env', TIDEMARK_PROJECT: 'vision' };
    expect(findSettings({}, both)).toMatchObject({ url: 'https://a', token: 'from-env', project: 'vision' });
    expect(findSettings({ url: 'https://b', token: 'given' }, both)).toMatchObject({
      url: 'https://b',
      token: 'given',
    });
  });

  test('the local server’s token goes to the local server only', () => {
    expect(findSettings({ url: 'https://elsewhere:8787' }, env)?.token).toBeUndefined();
    expect(findSettings({ url: 'http://127.0.0.1:9999' }, env)?.token).toBeUndefined();
    expect(findSettings({ url: 'http://localhost:8787' }, env)?.token).toBe('local');
  });

  test('no server is named, or server.json is no such thing: null', () => {
    expect(findSettings({}, { TIDEMARK_DATA_DIR: join(folder, 'missing') })).toBeNull();
    const broken = mkdtempSync(join(folder, 'broken-'));
    writeFileSync(join(broken, 'server.json'), '{"url": 3}');
    expect(findSettings({}, { TIDEMARK_DATA_DIR: broken })).toBeNull();
    writeFileSync(join(broken, 'server.json'), 'not json');
    expect(findSettings({}, { TIDEMARK_DATA_DIR: broken })).toBeNull();
  });
});
