import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig, type SettingName } from '@tidemark/api/config';
import { type RunningServer, StartError, startServer } from '@tidemark/api/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { PAGES } from '../../support/open-node.ts';
import { serveProcess } from '../../support/serve-process.ts';

describe('starting a server', () => {
  let dataDir: string;
  let running: RunningServer[];
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tidemark-start-'));
    running = [];
  });
  afterEach(async () => {
    for (const server of running) await server.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const start = async (more: Partial<Record<SettingName, string | number>> = {}): Promise<RunningServer> => {
    const server = await startServer(readConfig({ dataDir, port: 0, ...more }), { pages: PAGES });
    running.push(server);
    return server;
  };
  const whoami = (server: RunningServer, headers: Record<string, string>) =>
    fetch(`${server.url}/api/v1/whoami`, { headers });
  const serverFile = async () =>
    JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as Record<string, unknown>;

  test('writes where it is and a working token, for its owner’s eyes only', async () => {
    const server = await start();
    expect(await serverFile()).toEqual({ url: server.url, token: server.token, pid: process.pid });
    expect((await stat(join(dataDir, 'server.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'secret'))).mode & 0o777).toBe(0o600);
    const response = await whoami(server, { authorization: `Bearer ${server.token}` });
    expect(await response.json()).toMatchObject({ scope: 'admin', project: 'default' });
  });

  test('the login link logs in once; another can be had', async () => {
    const server = await start();
    for (const link of [server.loginUrl, await server.newLoginUrl()]) {
      expect(link.startsWith(`${server.url}/login?code=`)).toBe(true);
      const first = await fetch(link, { redirect: 'manual' });
      expect([first.status, first.headers.get('location')]).toEqual([303, '/']);
      const cookie = first.headers.get('set-cookie')!.split(';')[0]!;
      expect((await whoami(server, { cookie })).status).toBe(200);
      const second = await fetch(link, { redirect: 'manual' });
      expect(second.headers.get('set-cookie')).toBeNull();
    }
  });

  test('a restart keeps the token and what was stored', async () => {
    const first = await start();
    const headers = { authorization: `Bearer ${first.token}` };
    await fetch(`${first.url}/api/v1/experiments`, { method: 'POST', body: '{"name":"kept"}', headers });
    await first.close();
    const second = await start();
    expect(second.token).toBe(first.token);
    const listed = await (await fetch(`${second.url}/api/v1/experiments`, { headers })).json();
    expect(listed).toMatchObject({ experiments: [{ name: 'kept' }] });
  });

  test('a server.json that was spoilt, or whose token was revoked, gives a new token', async () => {
    const first = await start();
    const headers = { authorization: `Bearer ${first.token}` };
    const { id } = (await (
      await fetch(`${first.url}/api/v1/tokens`, { method: 'POST', body: '{"name":"other","scope":"admin"}', headers })
    ).json()) as { id: number };
    expect((await fetch(`${first.url}/api/v1/tokens/${id - 1}`, { method: 'DELETE', headers })).status).toBe(200);
    await first.close();
    const second = await start();
    expect(second.token).not.toBe(first.token);
    await second.close();
    await writeFile(join(dataDir, 'server.json'), '{"url":');
    const third = await start();
    expect((await whoami(third, { authorization: `Bearer ${third.token}` })).status).toBe(200);
  });

  test('an admin token given as a setting works, and works again', async () => {
    const adminToken = `tdm${'z9'.repeat(18)}z`;
    for (let i = 0; i < 2; i++) {
      const server = await start({ adminToken });
      expect(server.token).toBe(adminToken);
      expect((await whoami(server, { authorization: `Bearer ${adminToken}` })).status).toBe(200);
      await server.close();
    }
  });

  test('a second server on the same data says so, and where the first is', async () => {
    const first = await start();
    const error = await start().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).message).toContain(first.url);
    expect((error as StartError).hint).toContain('--data-dir');
    expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
    await first.close();
    await start();
  });

  test('a taken port is said so, and lets go of the data', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const error = await start({ port }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).message).toContain(String(port));
    taken.close();
    await start({ port });
  });

  test('a closed server finishes its answers, drops its sockets and is gone', async () => {
    const server = await start();
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/live`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const gone = new Promise<number>((resolve) => socket.once('close', resolve));
    const asked = Array.from({ length: 20 }, () => fetch(`${server.url}/healthz`).then((response) => response.status));
    const answers = Promise.allSettled(asked);
    await Promise.all([server.close(), server.close()]);
    expect(await gone).toBe(1001);
    for (const answer of await answers) if (answer.status === 'fulfilled') expect(answer.value).toBe(200);
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });

  test('after a crash it starts again on the same port and data, with the same token', async () => {
    const server = await serveProcess();
    try {
      await server.kill();
      await server.restart();
      const response = await fetch(`${server.url}/api/v1/whoami`, {
        headers: { authorization: `Bearer ${server.token}` },
      });
      expect(response.status).toBe(200);
    } finally {
      await server.close();
    }
  });

  test('a client that offers HTTP/2 is answered in HTTP/1.1', async () => {
    const server = await start();
    const offer = (method: string, path: string, body?: string): Promise<[number, string]> =>
      new Promise((resolve, reject) => {
        const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': '' };
        const sent = request(server.url + path, { method, headers }, (response) => {
          let text = '';
          response.on('data', (data) => {
            text += String(data);
          });
          response.on('end', () => resolve([response.statusCode!, text]));
        });
        sent.on('error', reject);
        sent.end(body);
      });
    expect(await offer('GET', '/healthz')).toEqual([200, expect.stringContaining('"ok":true')]);
    expect(await offer('GET', '/api/v1/runs')).toEqual([401, expect.stringContaining('unauthorized')]);
    expect(await offer('POST', '/api/v1/session', '{"token":"x"}')).toEqual([400, expect.stringContaining('Upgrade')]);
  });

  test('a public address is what the login link begins with', async () => {
    const server = await start({ publicUrl: 'https://tidemark.example.com' });
    expect(server.loginUrl.startsWith('https://tidemark.example.com/login?code=')).toBe(true);
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  });
});
