import type * as z from 'zod';
import type { DatasetFile } from '../contract/datasets.ts';
import { invalid } from '../errors.ts';
import { sha256Hex } from '../hash.ts';

export type File = z.output<typeof DatasetFile>;

export interface Manifest {
  /** Sorted by path. */
  readonly files: readonly File[];
  /** SHA-256 over `path NUL digest NUL size LF` of each file: the same files have the same digest. */
  readonly digest: string;
  readonly size: number;
  /** Files per folder. */
  readonly folders: Readonly<Record<string, number>>;
}

/** Errors: invalid_request (a path twice, one digest with two sizes). */
export async function manifestOf(given: readonly File[]): Promise<Manifest> {
  const files = [...given].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const sizes = new Map<string, number>();
  const folders: Record<string, number> = Object.create(null);
  let size = 0;
  let text = '';
  for (const [i, file] of files.entries()) {
    if (file.path === files[i - 1]?.path) throw invalid(['files'], `the path ${file.path} is there twice`);
    const known = sizes.get(file.digest) ?? file.size;
    if (known !== file.size) throw invalid(['files'], `${file.digest} cannot have ${known} and ${file.size} bytes`);
    sizes.set(file.digest, file.size);
    const folder = file.path.slice(0, Math.max(0, file.path.lastIndexOf('/')));
    folders[folder] = (folders[folder] ?? 0) + 1;
    size += file.size;
    text += `${file.path}\0${file.digest}\0${file.size}\n`;
  }
  return { files, digest: await sha256Hex(text), size, folders: { ...folders } };
}

/** A part of a manifest is one row: this many files keep it far below the 2 MB that a value may have. */
export const FILES_PER_PART = 1000;
