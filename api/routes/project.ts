import type { projectRoutes } from '../contract/project.ts';
import type { Handlers } from '../handler.ts';
import { projectFigures } from '../projects/figures.ts';
import { updateProject } from '../projects/update.ts';

export const projectHandlers: Handlers<typeof projectRoutes> = {
  getProject: async ({ deps }) => ({ slug: deps.slug, ...(await projectFigures(deps)) }),
  updateProject: async ({ deps, principal, audit }, { body }) => {
    const { before, after } = await updateProject(deps, principal, body);
    audit({ target: deps.slug, before, after });
    return { slug: deps.slug, ...(await projectFigures(deps)) };
  },
};
