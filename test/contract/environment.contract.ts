import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

const environment = (more: Json = {}): Json => ({
  command: ['node', 'train.ts', '--token=***'],
  folder: '/home/somebody/project',
  git: {
    commit: '0123456789abcdef0123456789abcdef01234567',
    branch: 'main',
    remote: 'https://example.com/a/b.git',
    changed: 1,
    untracked: 2,
    diff: 'code/changes.diff',
  },
  hostname: 'box',
  os: 'Linux 6.1',
  runtime: { name: 'node', version: 'v22.0.0' },
  packages: { zod: '4.6.7' },
  cpu: { model: 'a processor', cores: 2 },
  memory: 8 * 2 ** 30,
  gpus: ['NVIDIA H100'],
  ...more,
});

export function suite(open: Open): void {
  describe('environment', () => {
    let server: TestServer;
    let user: Caller;
    beforeAll(async () => {
      server = await open();
      user = await Caller.of(server, 'write');
    });
    afterAll(() => server.close());
    const script = () => user.ok<{ id: string }>('POST', '/runs', { experiment: freshName() });

    test('is kept by attempt, and once', async () => {
      const { id } = await script();
      expect(await user.ok('GET', `/runs/${id}/environment`)).toEqual({ environments: [] });
      expect(await server.rowsWritten(() => user.ok('PUT', `/runs/${id}/environment`, environment()))).toBe(1);
      expect(await server.rowsWritten(() => user.ok('PUT', `/runs/${id}/environment`, environment()))).toBe(0);
      expect(await user.ok('GET', `/runs/${id}/environment`)).toEqual({
        environments: [{ attempt: 1, savedAt: server.now(), environment: environment() }],
      });
      await user.ok('PUT', `/runs/${id}/environment`, environment({ git: null }));
      expect(await user.ok('GET', `/runs/${id}/environment`)).toMatchObject({
        environments: [{ environment: { git: null } }],
      });
    });

    test('refuses what is not one, another’s run, and a worker without the lease', async () => {
      const { id } = await script();
      expect(await user.fails('PUT', `/runs/${id}/environment`, environment({ password: 'x' }))).toMatchObject({
        status: 400,
      });
      const packages = Object.fromEntries(
        Array.from({ length: 3000 }, (_, i) => [`package-${i}-${'x'.repeat(200)}`, '1.0.0']),
      );
      expect(await user.fails('PUT', `/runs/${id}/environment`, environment({ packages }))).toMatchObject({
        code: 'too_large',
      });
      const nowhere = `/runs/${'0'.repeat(32)}/environment`;
      expect(await user.fails('PUT', nowhere, environment())).toMatchObject({ status: 404 });
      expect(await user.fails('GET', nowhere)).toMatchObject({ status: 404 });
      const worker = await Caller.of(server, 'worker');
      expect(await worker.fails('PUT', `/runs/${id}/environment`, environment())).toMatchObject({ status: 403 });
    });
  });
}
