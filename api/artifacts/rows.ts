import type { Artifact } from '../contract/artifacts.ts';

export type ArtifactRow = { path: string; digest: string; size: number; content_type: string; created_at: number };

export const ARTIFACT_COLUMNS = 'path, digest, size, content_type, created_at';

export const toArtifact = (row: ArtifactRow): Artifact => ({
  path: row.path,
  digest: row.digest,
  size: row.size,
  contentType: row.content_type,
  createdAt: row.created_at,
});
