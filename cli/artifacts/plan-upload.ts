import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { ArtifactPath } from '@tidemark/api/contract/common';
import { EXIT, Failure } from '../failure.ts';

export interface PlannedFile {
  readonly file: string;
  /** In the run. */
  readonly path: string;
  readonly size: number;
}

/**
 * The files that paths mean, and what they are called in the run: a file by its name, a folder's files below the folder's name, all
 * below `to`. Links to files count as files; links to folders are passed over, for they may lead in a circle.
 * @throws Failure when there is none, when a name cannot be one in a run, or when two would be the same
 */
export async function planUpload(paths: readonly string[], to: string): Promise<PlannedFile[]> {
  const files: PlannedFile[] = [];
  for (const given of paths) {
    const info = await stat(given).catch(() => null);
    if (!info) throw new Failure(`There is no file ${given}.`, { exit: EXIT.notFound });
    // `.` and `..` have no name of their own.
    const name = basename(resolve(given));
    if (!info.isDirectory()) files.push({ file: given, path: under(to, name), size: info.size });
    else for (const found of await walk(given)) files.push({ ...found, path: under(to, under(name, found.path)) });
  }
  const seen = new Map<string, string>();
  for (const { file, path } of files) {
    const valid = ArtifactPath.safeParse(path);
    if (!valid.success) {
      throw new Failure(`${JSON.stringify(path)} cannot be a name in a run: ${valid.error.issues[0]?.message}.`, {
        exit: EXIT.usage,
      });
    }
    const other = seen.get(path);
    if (other !== undefined) throw new Failure(`${other} and ${file} would both be ${path}.`, { exit: EXIT.usage });
    seen.set(path, file);
  }
  return files;
}

const under = (folder: string, name: string): string =>
  folder === '' ? name : `${folder.replace(/\/+$/, '')}/${name}`;

async function walk(folder: string): Promise<PlannedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: PlannedFile[] = [];
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    const info = entry.isFile() || entry.isSymbolicLink() ? await stat(file).catch(() => null) : null;
    if (info?.isFile()) files.push({ file, path: relative(folder, file).split(sep).join('/'), size: info.size });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
