import type { metricRoutes } from '../contract/metrics.ts';
import type { Handlers } from '../handler.ts';
import { exportHistory } from '../metrics/export.ts';
import { logRun } from '../metrics/log.ts';
import { readMetrics } from '../metrics/read.ts';

export const metricHandlers: Handlers<typeof metricRoutes> = {
  logRun: ({ deps }, { params, body }) => logRun(deps, params.id, body),
  readMetrics: ({ deps }, { query }) => readMetrics(deps, query),
  readHistory: ({ deps }, { params, query }) => exportHistory(deps, params.id, query),
};
