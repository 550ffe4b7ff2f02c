import { alertRoutes } from './alerts.ts';
import { archiveRoutes } from './archive.ts';
import { artifactRoutes } from './artifacts.ts';
import { auditRoutes } from './audit.ts';
import { changeRoutes } from './changes.ts';
import { consoleRoutes } from './console.ts';
import { datasetRoutes } from './datasets.ts';
import { environmentRoutes } from './environment.ts';
import { experimentRoutes } from './experiments.ts';
import { leaseRoutes } from './leases.ts';
import { lineageRoutes } from './lineage.ts';
import { mediaRoutes } from './media.ts';
import { memberRoutes } from './members.ts';
import { metricRoutes } from './metrics.ts';
import { modelRoutes } from './models.ts';
import { projectRoutes } from './project.ts';
import { runRoutes } from './runs.ts';
import { searchRoutes } from './search.ts';
import { sessionRoutes } from './sessions.ts';
import { statusRoutes } from './status.ts';
import { tokenRoutes } from './tokens.ts';
import { uploadRoutes } from './uploads.ts';
import { viewRoutes } from './views.ts';
import { webhookRoutes } from './webhooks.ts';
import { weightsRoutes } from './weights.ts';
import { workerRoutes } from './workers.ts';

/** Every endpoint of one project, under `/api/v1`. */
export const routes = {
  ...experimentRoutes,
  ...runRoutes,
  ...searchRoutes,
  ...viewRoutes,
  ...metricRoutes,
  ...consoleRoutes,
  ...mediaRoutes,
  ...environmentRoutes,
  ...uploadRoutes,
  ...artifactRoutes,
  ...datasetRoutes,
  ...weightsRoutes,
  ...modelRoutes,
  ...lineageRoutes,
  ...alertRoutes,
  ...webhookRoutes,
  ...leaseRoutes,
  ...workerRoutes,
  ...tokenRoutes,
  ...memberRoutes,
  ...sessionRoutes,
  ...auditRoutes,
  ...projectRoutes,
  ...changeRoutes,
  ...archiveRoutes,
  ...statusRoutes,
};
