import type { Status } from '../contract/status.ts';
import type { Family } from './prometheus.ts';

/** A project's state as Prometheus reads it. */
export function statusFamilies(status: Status): Family[] {
  const project = status.project;
  const gauge = (name: string, help: string, samples: Family['samples']): Family => ({
    name,
    help,
    type: 'gauge',
    samples,
  });
  const one = (value: number): Family['samples'] => [{ labels: { project }, value }];
  const by = (label: string, values: Readonly<Record<string, number>>): Family['samples'] =>
    Object.entries(values).map(([key, value]) => ({ labels: { project, [label]: key }, value }));
  return [
    gauge('tidemark_info', 'The version that runs.', [{ labels: { project, version: status.version }, value: 1 }]),
    gauge('tidemark_up', 'Whether a part of the server works.', [
      { labels: { project, part: 'database' }, value: status.database.ok ? 1 : 0 },
      { labels: { project, part: 'blobs' }, value: status.blobs.ok ? 1 : 0 },
      { labels: { project, part: 'upkeep' }, value: status.upkeep.ok ? 1 : 0 },
    ]),
    gauge('tidemark_runs', 'Runs by status; counted once a minute.', by('status', status.runs)),
    gauge('tidemark_live_runs', 'Runs that are written just now.', one(status.live)),
    gauge('tidemark_queue_depth', 'Runs that wait for a worker.', one(status.queue.length)),
    gauge(
      'tidemark_queue_oldest_seconds',
      'How long the oldest of them waits.',
      one((status.queue.oldestMs ?? 0) / 1000),
    ),
    gauge('tidemark_workers', 'Workers by state.', by('state', status.workers)),
    gauge(
      'tidemark_blob_bytes',
      'Bytes of artifacts, checkpoints and datasets; at most an hour old.',
      one(status.blobs.bytes),
    ),
    gauge(
      'tidemark_database_bytes',
      'Size of the database.',
      status.database.bytes === null ? [] : one(status.database.bytes),
    ),
    gauge('tidemark_database_seconds', 'Time of one small question to the database.', one(status.database.ms / 1000)),
  ];
}
