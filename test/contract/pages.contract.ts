import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { metricsOf } from '../support/prometheus.ts';
import { config } from './documents.ts';
import type { FrontServer, OpenFront } from './front-server.ts';
import { Caller } from './server.ts';

export function frontSuite(open: OpenFront): void {
  describe('pages for people and monitors', () => {
    let server: FrontServer;
    beforeAll(async () => {
      server = await open();
      const admin = new Caller(server, server.owner);
      await admin.ok('POST', '/runs', { experiment: 'monitored "\\\n', config: config() });
      await admin.ok('POST', '/runs', { experiment: 'a script' });
    });
    afterAll(() => server.close());

    const get = (path: string, token?: string) =>
      server.fetch(path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

    test('/metrics is Prometheus’s text format by its grammar, for who may read', async () => {
      expect((await get('/metrics')).status).toBe(401);
      const response = await get('/metrics', await server.token('read'));
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      const families = metricsOf(await response.text());
      const runs = families.get('tidemark_runs')?.samples ?? [];
      expect(runs.find(({ labels }) => labels.status === 'queued')?.value).toBe(1);
      expect(runs.find(({ labels }) => labels.status === 'running')?.value).toBe(1);
    });

    test('what the process counts is told by the project `default` of a server on Node', async () => {
      const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.admin}` } });
      const families = metricsOf(await response.text());
      const status = await fetch(`${server.url}/api/v1/status`, {
        headers: { authorization: `Bearer ${server.admin}` },
      });
      // On Cloudflare an object that sleeps counts nothing.
      const counts = ((await status.json()) as { host: object | null }).host !== null;
      expect(families.has('tidemark_up')).toBe(true);
      expect(families.get('tidemark_http_requests_total')?.type).toBe(counts ? 'counter' : undefined);
      expect(families.get('tidemark_http_request_duration_seconds')?.type).toBe(counts ? 'histogram' : undefined);
    });

    test('/status says how it is to who may read, and only that it answers to anybody else', async () => {
      const seen = await get('/status', await server.token('read'));
      const page = await seen.text();
      expect(page).toContain('Everything works.');
      expect(page).toContain('1 waiting');
      const unknown = await (await get('/status')).text();
      expect(unknown).toContain('Tidemark answers.');
      expect(unknown).not.toContain('waiting');
      const body = (await (await get('/api/v1/status', server.owner)).json()) as Record<string, unknown>;
      expect(body).toMatchObject({ ok: true, problems: [], project: server.slug, queue: { length: 1 } });
    });

    test('/docs is for everybody, in one piece, and may run nothing that is not from here', async () => {
      const response = await get('/docs');
      expect(response.status).toBe(200);
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      const html = await response.text();
      expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
      expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
      const scripts = [...html.matchAll(/<script[^>]*\bsrc="([^"]+)"/g)].map(([, src]) => src!);
      expect(scripts).toHaveLength(1);
      const script = await fetch(new URL(scripts[0]!, `${server.url}/p/${server.slug}/docs`));
      expect(script.status).toBe(200);
      expect(script.headers.get('content-type')).toContain('text/javascript');
      const names = [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id!);
      expect(new Set(names).size).toBe(names.length);
      for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) expect(names).toContain(target);
    });
  });
}
