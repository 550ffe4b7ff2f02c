import { type Dirent, realpathSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { TrainingError } from '../training-error.ts';
import type { Source, SourceFile } from './source.ts';

/**
 * Images in a folder of this machine.
 * @param path `data.path` of the config; a relative one starts at the first root, or at the worker's working folder.
 * @param roots With any given, the folder must lie in one of them, links resolved.
 * @throws TrainingError naming path and machine when it is missing, no folder, or outside the roots.
 */
export function folderSource(path: string, roots: readonly string[] = []): Source {
  const full = resolve(roots[0] ?? '.', path);
  const where = `${full} on ${hostname()}`;
  if (!isFolder(full)) {
    throw new TrainingError(
      'data_missing',
      `data.path is ${full}, and there is no such folder on ${hostname()}. Put the images there, name another worker with \`requires\`, or register them as a dataset.`,
    );
  }
  const real = realpathSync(full);
  if (roots.length > 0 && !roots.some((root) => inside(real, root))) {
    throw new TrainingError(
      'data_forbidden',
      `data.path is ${full}, but the worker on ${hostname()} reads images only under ${roots.join(', ')}.`,
    );
  }

  function at(folder: string): string {
    const inner = resolve(real, folder);
    if (inner !== real && !inner.startsWith(real + sep)) {
      throw new TrainingError('data_forbidden', `The folder \`${folder}\` leads out of ${where}.`);
    }
    if (!isFolder(inner)) throw new TrainingError('data_missing', `There is no folder \`${folder}\` in ${where}.`);
    return inner;
  }

  return {
    async files(folder) {
      const found: SourceFile[] = [];
      await walk(at(folder), '', found);
      return found;
    },
    async folders(folder) {
      const entries = await readdir(at(folder), { withFileTypes: true });
      return entries.filter((entry) => isFolderEntry(at(folder), entry)).map(({ name }) => name);
    },
    describe: (folder) => join(full, folder).concat(` on ${hostname()}`),
  };
}

/** As Keras: links to files count, links to folders are not followed below the class. */
async function walk(folder: string, prefix: string, found: SourceFile[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) {
    const full = join(folder, entry.name);
    const linked = prefix === '' && isFolderEntry(folder, entry);
    if (entry.isDirectory() || linked) await walk(full, `${prefix}${entry.name}/`, found);
    else if (entry.isFile() || entry.isSymbolicLink()) found.push({ path: prefix + entry.name, file: full });
  }
}

const isFolderEntry = (folder: string, entry: Dirent): boolean =>
  entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name)));

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function inside(path: string, root: string): boolean {
  try {
    const real = realpathSync(resolve(root));
    return path === real || path.startsWith(real.endsWith(sep) ? real : real + sep);
  } catch {
    return false;
  }
}
