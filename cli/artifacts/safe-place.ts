import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { ArtifactPath } from '@tidemark/api/contract/common';
import { Failure } from '../failure.ts';

/**
 * Where an artifact goes below a folder. Its name comes from a server, and must not lead anywhere else: not by `..`, not by a drive or
 * a stream of Windows, not by a link that stands in the folder. Makes the folders in between.
 * @throws Failure
 */
export async function safePlace(folder: string, path: string): Promise<string> {
  const refused = new Failure(`The name ${JSON.stringify(path)} leads out of ${folder}; it is not written.`);
  if (!ArtifactPath.safeParse(path).success) throw refused;
  if (sep === '\\' && /[<>:"|?*]|[. ](\/|$)/.test(path)) throw refused;
  const file = join(folder, ...path.split('/'));
  const parent = dirname(file);
  await mkdir(parent, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST' || error.code === 'ENOTDIR') {
      throw new Failure(`${path} needs a folder where a file stands already.`);
    }
    throw error;
  });
  const [root, real] = await Promise.all([realpath(folder), realpath(parent)]);
  if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) throw refused;
  return file;
}
