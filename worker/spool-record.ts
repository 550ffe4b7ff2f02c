import type { Environment } from '@tidemark/api/contract/environment';
import type { Lease, leaseCheckpoint, leaseFinish, leaseLog } from '@tidemark/api/contract/leases';
import type { saveMedia } from '@tidemark/api/contract/media';
import type * as z from 'zod';

type LogBody = Pick<z.input<typeof leaseLog.body>, 'series' | 'lines' | 'progress' | 'device'>;
type CheckpointBody = z.input<typeof leaseCheckpoint.body>;
type FinishBody = z.input<typeof leaseFinish.body>;

/** What a spool starts with: whose attempt it is. */
export type Opening = { type: 'open' } & Pick<Lease, 'run' | 'attempt' | 'token' | 'experiment' | 'ordinal' | 'name'>;

/** A file that goes to the server and then counts as a checkpoint, once the server has every metric up to `throughSeq`. */
export type CheckpointUpload = { type: 'checkpoint'; id: number; file: string } & Pick<
  CheckpointBody,
  'throughSeq' | 'step' | 'epoch' | 'digest' | 'size' | 'kept' | 'metrics'
>;

export interface ArtifactUpload {
  type: 'artifact';
  id: number;
  file: string;
  path: string;
  contentType: string;
  digest: string;
}

/** Of a run beside its points; refused, it is left out. */
export interface MediaUpload {
  type: 'media';
  id: number;
  items: z.input<typeof saveMedia.body>['items'];
}
export interface EnvironmentUpload {
  type: 'environment';
  id: number;
  environment: Environment;
}
export type Upload = CheckpointUpload | ArtifactUpload | MediaUpload | EnvironmentUpload;

export type SpoolRecord =
  | Opening
  | { type: 'log'; seq: number; body: LogBody }
  | Upload
  | ({ type: 'finish' } & Pick<FinishBody, 'outcome' | 'error'>)
  | { type: 'done'; id: number }
  | { type: 'acked'; seq: number }
  | { type: 'numbers'; lastSeq: number; acked: number; lastUpload: number };
