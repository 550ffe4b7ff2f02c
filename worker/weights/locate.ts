import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve, sep } from 'node:path';
import { TrainingError } from '../training-error.ts';

/**
 * A file that a config names, on this machine.
 * @param roots With any given, the file must lie in one of them, links resolved; a relative path starts at the first.
 * @throws TrainingError naming path and machine when it is missing or outside the roots.
 */
export function locateWeights(path: string, roots: readonly string[]): string {
  const full = resolve(roots[0] ?? '.', path);
  let real: string;
  try {
    real = realpathSync(full);
  } catch {
    throw new TrainingError(
      'weights_missing',
      `init.from is ${full}, and there is no such file on ${hostname()}. Put it there, or register it: tidemark weights add FILE --name NAME`,
    );
  }
  if (roots.length > 0 && !roots.some((root) => inside(real, root))) {
    throw new TrainingError(
      'weights_forbidden',
      `init.from is ${full}, but the worker on ${hostname()} reads files only under ${roots.join(', ')}.`,
    );
  }
  return real;
}

function inside(path: string, root: string): boolean {
  try {
    const real = realpathSync(resolve(root));
    return path.startsWith(real.endsWith(sep) ? real : real + sep);
  } catch {
    return false;
  }
}
