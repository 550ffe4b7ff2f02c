import { openLibsqlServer } from '../support/open-libsql.ts';
import { suite as alerts } from './alerts.contract.ts';
import { suite as archive } from './archive.contract.ts';
import { suite as blobs } from './blobs.contract.ts';
import { suite as checkpoints } from './checkpoints.contract.ts';
import { suite as console } from './console.contract.ts';
import { suite as environment } from './environment.contract.ts';
import { suite as experiments } from './experiments.contract.ts';
import { suite as groups } from './groups.contract.ts';
import { suite as leases } from './leases.contract.ts';
import { suite as media } from './media.contract.ts';
import { suite as metrics } from './metrics.contract.ts';
import { suite as modelUses } from './model-uses.contract.ts';
import { suite as models } from './models.contract.ts';
import { suite as protocol } from './protocol.contract.ts';
import { suite as requests } from './requests.contract.ts';
import { suite as restricted } from './restricted.contract.ts';
import { suite as runs } from './runs.contract.ts';
import { suite as scripts } from './scripts.contract.ts';
import { suite as search } from './search.contract.ts';
import { suite as views } from './views.contract.ts';
import { suite as webhooks } from './webhooks.contract.ts';
import { suite as weights } from './weights.contract.ts';
import { suite as workers } from './workers.contract.ts';

for (const suite of [
  archive,
  protocol,
  requests,
  scripts,
  experiments,
  runs,
  search,
  groups,
  views,
  metrics,
  models,
  modelUses,
  alerts,
  webhooks,
  restricted,
  leases,
  checkpoints,
  workers,
  blobs,
  weights,
  console,
  media,
  environment,
])
  suite(openLibsqlServer);
