import type { Row } from '@tidemark/db/database';
import type { ModelFile } from '../contract/models.ts';
import type { Deps } from '../deps.ts';
import { ApiError, invalid, notFound } from '../errors.ts';
import { findVersion } from './find-version.ts';

/** Names shown where one has to be chosen. */
const SHOWN = 8;

/**
 * The file of a version that a download means; without a path the only one. Errors: not_found, invalid_request (it has several),
 * conflict (its bytes are elsewhere).
 */
export async function modelFile(deps: Deps, name: string, ref: string, path?: string): Promise<ModelFile> {
  const { modelId, version } = await findVersion(deps, name, ref);
  const title = `version ${version.version} of ${name}`;
  if (version.kind === 'external') {
    const hint = `They are at ${version.source}`;
    throw new ApiError('conflict', `The bytes of ${title} are not stored here.`, { hint });
  }
  const files = await deps.db.all<Row & ModelFile>(
    `SELECT path, digest, size, content_type AS contentType FROM model_files
     WHERE model_id = ? AND version = ? AND (? IS NULL OR path = ?) ORDER BY path LIMIT ?`,
    [modelId, version.version, path ?? null, path ?? null, SHOWN],
  );
  const [file] = files;
  if (!file) throw notFound(path === undefined ? `file in ${title}` : `file ${path} in ${title}`);
  if (path !== undefined || version.files === 1) return file;
  throw invalid(['query', 'path'], `${title} has ${version.files} files; say which`, {
    allowed: `${files.map((one) => one.path).join(', ')}${version.files > SHOWN ? ', …' : ''}`,
  });
}
