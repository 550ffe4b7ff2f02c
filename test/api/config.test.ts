import { ConfigError, readConfig } from '@tidemark/api/config';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const problems = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('a server’s settings', () => {
  test('without any, the defaults', () => {
    expect(readConfig()).toEqual({
      dataDir: './data',
      port: 8787,
      host: '127.0.0.1',
      database: 'file:./data/projects/{project}.db',
      databaseToken: undefined,
      artifacts: './data/artifacts',
      publicUrl: undefined,
      adminToken: undefined,
      idleMinutes: 15,
      rateLimit: 500,
      oidc: null,
      s3: null,
      privateWebhooks: false,
      log: { format: 'json', level: 'warn' },
    });
  });

  test('flags win over the environment; an empty value is none', () => {
    const env = {
      TIDEMARK_PORT: '9000',
      TIDEMARK_HOST: '0.0.0.0',
      TIDEMARK_DATA_DIR: '',
      TIDEMARK_URL: 'https://t.example/',
    };
    expect(readConfig({ port: 0 }, env)).toMatchObject({
      port: 0,
      host: '0.0.0.0',
      dataDir: './data',
      publicUrl: 'https://t.example',
    });
  });

  test('the data folder moves databases and artifacts with it', () => {
    expect(readConfig({ dataDir: '/srv/tidemark/' })).toMatchObject({
      database: 'file:/srv/tidemark/projects/{project}.db',
      artifacts: '/srv/tidemark/artifacts',
    });
  });

  test('every problem is named, by the setting’s name as it was given', () => {
    const env = { TIDEMARK_DB: 'postgres://x', TIDEMARK_ARTIFACTS: 'ftp://bucket', TIDEMARK_URL: 'https://a/b' };
    const found = problems(() => readConfig({ port: 'eighty', host: 'http://x' }, env));
    expect(found.length).toBe(5);
    expect(found[0]).toMatch(/^--port=eighty: /);
    expect(found[1]).toMatch(/^--host=http:\/\/x: /);
    expect(found[2]).toMatch(/^TIDEMARK_DB=postgres:\/\/x: /);
    expect(found[3]).toMatch(/^TIDEMARK_ARTIFACTS=ftp:\/\/bucket: /);
    expect(found[4]).toMatch(/^TIDEMARK_URL=https:\/\/a\/b: /);
  });

  test.each([
    [{ TIDEMARK_OIDC_ISSUER: 'http://accounts.example.com', TIDEMARK_OIDC_CLIENT_ID: 'x' }, /^TIDEMARK_OIDC_ISSUER=/],
    [{ TIDEMARK_OIDC_ISSUER: 'https://accounts.example.com' }, /^TIDEMARK_OIDC_CLIENT_ID: /],
    [
      { TIDEMARK_OIDC_ISSUER: 'https://a.example', TIDEMARK_OIDC_CLIENT_ID: 'x', TIDEMARK_OIDC_ROLES: 'ml=root' },
      /^TIDEMARK_OIDC_ROLES: ml=root/,
    ],
    [{ TIDEMARK_RATE_LIMIT: 'many' }, /^TIDEMARK_RATE_LIMIT=many: /],
    [{ TIDEMARK_IDLE_MINUTES: '0' }, /^TIDEMARK_IDLE_MINUTES=0: /],
  ])('says what is wrong with %j', (env, problem) => {
    expect(problems(() => readConfig({}, env))).toEqual([expect.stringMatching(problem)]);
  });

  test.each([-1, 65_536, 1.5, '80a', ' ', '0x50'])('refuses the port %j', (port) => {
    expect(problems(() => readConfig({ port })).length).toBe(1);
  });

  test('one database for all projects is refused', () => {
    expect(problems(() => readConfig({ database: 'file:all.db' }))[0]).toContain('{project}');
  });

  test('a bad admin token is refused without being repeated', () => {
    const [problem] = problems(() => readConfig({ adminToken: 'hunter2' }));
    expect(problem).toMatch(/^--admin-token: /);
    expect(problem).not.toContain('hunter2');
    expect(problems(() => readConfig({ adminToken: `tdm${'a1'.repeat(18)}z` }))).toEqual([]);
  });

  test('whatever is given, it answers settings or problems', () => {
    const text = fc.string({ maxLength: 30 });
    const given = fc.record({
      port: text,
      host: text,
      database: text,
      artifacts: text,
      publicUrl: text,
      adminToken: text,
    });
    fc.assert(
      fc.property(given, (flags) => {
        const found = problems(() => readConfig(flags));
        expect(found.every((problem) => problem.length > 0)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
