import type { Deps } from '../deps.ts';
import { projectFigures } from './figures.ts';

/** Tells the directory what the project amounts to. What it does not hear now it hears with the next change. */
export async function tellFigures(deps: Deps): Promise<void> {
  if (!deps.directory) return;
  try {
    await deps.directory.tell(await projectFigures(deps));
  } catch (error) {
    deps.report?.(error, 'figures');
  }
}
