import type { Row } from '@tidemark/db/database';
import type { ArchiveManifest } from '../contract/archive.ts';
import type { Deps } from '../deps.ts';

/** What an archive that is made now says of itself. */
export async function archiveManifest(deps: Deps, scope: ArchiveManifest['scope']): Promise<ArchiveManifest> {
  const schema = await deps.db.all<Row & { name: string }>('SELECT name FROM migrations ORDER BY name');
  return {
    format: 'tidemark-archive',
    version: 1,
    tidemark: deps.version,
    schema: schema.map(({ name }) => name),
    scope,
    createdAt: deps.now(),
  };
}
