import { alertDocs } from './alerts.ts';
import { archiveDocs } from './archive.ts';
import { artifactDocs } from './artifacts.ts';
import { auditDocs } from './audit.ts';
import { changeDocs } from './changes.ts';
import { consoleDocs } from './console.ts';
import { datasetDocs } from './datasets.ts';
import type { RouteDoc } from './doc.ts';
import { environmentDocs } from './environment.ts';
import { experimentDocs } from './experiments.ts';
import { frontDocs } from './front.ts';
import { leaseDocs } from './leases.ts';
import { lineageDocs } from './lineage.ts';
import { mediaDocs } from './media.ts';
import { memberDocs } from './members.ts';
import { metricDocs } from './metrics.ts';
import { modelDocs } from './models.ts';
import { projectDocs } from './project.ts';
import { runDocs } from './runs.ts';
import { searchDocs } from './search.ts';
import { sessionDocs } from './sessions.ts';
import { statusDocs } from './status.ts';
import { tokenDocs } from './tokens.ts';
import { uploadDocs } from './uploads.ts';
import { viewDocs } from './views.ts';
import { webhookDocs } from './webhooks.ts';
import { weightsDocs } from './weights.ts';
import { workerDocs } from './workers.ts';

// An area's own types say which route each entry is of; a table of all is read by name.
type Table = Readonly<Record<string, RouteDoc>>;

/** By the route's name, as in the contract's table. */
export const routeDocs: Table = {
  ...experimentDocs,
  ...runDocs,
  ...searchDocs,
  ...viewDocs,
  ...metricDocs,
  ...artifactDocs,
  ...datasetDocs,
  ...weightsDocs,
  ...modelDocs,
  ...lineageDocs,
  ...alertDocs,
  ...webhookDocs,
  ...leaseDocs,
  ...workerDocs,
  ...archiveDocs,
  ...auditDocs,
  ...consoleDocs,
  ...environmentDocs,
  ...mediaDocs,
  ...memberDocs,
  ...projectDocs,
  ...sessionDocs,
  ...uploadDocs,
  ...tokenDocs,
  ...changeDocs,
  ...statusDocs,
  ...frontDocs,
} as Table;
