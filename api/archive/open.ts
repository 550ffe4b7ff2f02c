import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { openImport as route } from '../contract/archive.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { findImport, stateOf } from './find.ts';

type Body = z.output<typeof route.body>;

/** Begins an import, or answers how far it is. Errors: conflict (an archive of a newer Tidemark; another one under this id). */
export async function openImport(deps: Deps, principal: Principal, id: string, { manifest, as }: Body) {
  const known = await deps.db.all<Row & { name: string }>('SELECT name FROM migrations');
  const strange = manifest.schema.find((name) => !known.some((one) => one.name === name));
  if (strange !== undefined) {
    throw new ApiError(
      'conflict',
      `The archive is of Tidemark ${manifest.tidemark}, whose database has ${strange}; this server (${deps.version}) does not know that.`,
      { hint: 'Update this server first.' },
    );
  }
  const now = deps.now();
  const written = JSON.stringify(manifest);
  await deps.db.all(
    `INSERT INTO imports (id, state, manifest, renamed, created_by, created_at, touched_at) VALUES (?, 'open', ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET touched_at = excluded.touched_at`,
    [id, written, as === 'new' ? 1 : 0, principal.name, now, now],
  );
  const found = await findImport(deps, id);
  if (found.manifest !== written || found.renamed !== (as === 'new' ? 1 : 0)) {
    throw new ApiError('conflict', `Under ${id} another archive comes in.`, { hint: 'Give this one another id.' });
  }
  return stateOf(found);
}
