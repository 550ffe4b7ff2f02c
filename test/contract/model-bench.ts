import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { claim, freshName, held, hello, type LeaseBody, type RunBody, register } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

export interface VersionBody {
  model: string;
  version: number;
  kind: string;
  source: string;
  run: string | null;
  aliases: string[];
  tags: Record<string, string>;
  stage: string;
  files: number;
  size: number;
  lineage: Json;
  [key: string]: unknown;
}
export interface ModelBody {
  name: string;
  aliases: { alias: string; version: number }[];
  versions: number;
  latest: number | null;
  [key: string]: unknown;
}

export const digestOf = (content: string): string => createHash('sha256').update(content).digest('hex');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** A server with a user and a worker, and what tests of models need of them. */
export interface ModelBench {
  server: TestServer;
  user: Caller;
  worker: Caller;
  authorization(): Record<string, string>;
  put(path: string, content: string): Promise<void>;
  bytes(path: string): Promise<{ status: number; text: string; type: string | null; name: string | null }>;
  /** A run that a worker holds. */
  started(more?: Json): Promise<{ run: RunBody; lease: LeaseBody; experiment: string }>;
  checkpoint(lease: LeaseBody, step: number, content: string, kept?: string[]): Promise<void>;
  finish(lease: LeaseBody): Promise<Json>;
  publish(name: string, source: Json, more?: Json): Promise<VersionBody>;
  /** A finished run with one checkpoint. */
  trained(content: string, more?: Json): Promise<RunBody>;
  external(name: string, more?: Json): Promise<VersionBody>;
}

export function modelBench(open: Open): ModelBench {
  let token: string;
  // The callers are there once beforeAll has run.
  const bench = {} as ModelBench;
  beforeAll(async () => {
    bench.server = await open();
    token = await bench.server.token('write');
    bench.user = new Caller(bench.server, token);
    bench.worker = await Caller.of(bench.server, 'worker');
    await hello(bench.worker, 'w', { labels: ['models=yes'] });
  });
  afterAll(() => bench.server.close());

  const authorization = (): Record<string, string> => ({ authorization: `Bearer ${token}` });
  const put = async (path: string, content: string): Promise<void> => {
    const response = await bench.server.fetch(`/api/v1${path}`, {
      method: 'PUT',
      body: content,
      headers: authorization(),
    });
    expect(response.status).toBe(201);
  };
  const bytes = async (
    path: string,
  ): Promise<{ status: number; text: string; type: string | null; name: string | null }> => {
    const response = await bench.server.fetch(`/api/v1${path}`, { headers: authorization() });
    const { headers, status } = response;
    return {
      status,
      text: await response.text(),
      type: headers.get('content-type'),
      name: headers.get('content-disposition'),
    };
  };
  /** A run that a bench.worker holds. */
  const started = async (more: Json = {}): Promise<{ run: RunBody; lease: LeaseBody; experiment: string }> => {
    const experiment = freshName('models');
    const run = await register(bench.user, { experiment, requires: ['models=yes'], priority: 9, ...more });
    const lease = (await claim(bench.worker, 'w', ['models=yes']))!;
    expect(lease.run).toBe(run.id);
    return { run, lease, experiment };
  };
  const checkpoint = async (
    lease: LeaseBody,
    step: number,
    content: string,
    kept = ['best', 'latest'],
  ): Promise<void> => {
    await put(`/blobs/${digestOf(content)}`, content);
    await bench.worker.ok('POST', `/leases/${lease.run}/checkpoint`, {
      ...held(lease),
      step,
      epoch: step / 10,
      digest: digestOf(content),
      size: content.length,
      throughSeq: 0,
      metrics: { val_loss: 1 / step },
      kept,
    });
  };
  const finish = (lease: LeaseBody): Promise<Json> =>
    bench.worker.ok('POST', `/leases/${lease.run}/finish`, { ...held(lease), finalSeq: 0, outcome: 'finished' });
  const publish = (name: string, source: Json, more: Json = {}): Promise<VersionBody> =>
    bench.user.ok<VersionBody>('POST', `/models/${encodeURIComponent(name)}/versions`, {
      source,
      createModel: true,
      ...more,
    });
  const trained = async (content: string, more: Json = {}): Promise<RunBody> => {
    const { run, lease } = await started(more);
    await checkpoint(lease, 10, content);
    await finish(lease);
    return run;
  };
  const external = (name: string, more: Json = {}): Promise<VersionBody> =>
    publish(name, { uri: 's3://bucket/model' }, more);
  return Object.assign(bench, { authorization, put, bytes, started, checkpoint, finish, publish, trained, external });
}
