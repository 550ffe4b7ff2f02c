import { artifactRoutes } from './artifacts.ts';
import { changeRoutes } from './changes.ts';
import { consoleRoutes } from './console.ts';
import { datasetRoutes } from './datasets.ts';
import { experimentRoutes } from './experiments.ts';
import { environmentRoutes } from './environment.ts';
import { leaseRoutes } from './leases.ts';
import { metricRoutes } from './metrics.ts';
import { memberRoutes } from './members.ts';
import { mediaRoutes } from './media.ts';
import { modelRoutes } from './models.ts';
import { runRoutes } from './runs.ts';
import { searchRoutes } from './search.ts';
import { tokenRoutes } from './tokens.ts';
import { weightsRoutes } from './weights.ts';
import { workerRoutes } from './workers.ts';

/** Every endpoint of one project, under `/api/v1`. */
export const routes = {
  ...experimentRoutes,
  ...runRoutes,
  ...searchRoutes,
  ...metricRoutes,
  ...artifactRoutes,
  ...consoleRoutes,
  ...datasetRoutes,
  ...weightsRoutes,
  ...mediaRoutes,
  ...environmentRoutes,
  ...artifactRoutes,
  ...modelRoutes,
  ...leaseRoutes,
  ...workerRoutes,
  ...tokenRoutes,
  ...changeRoutes,
};
