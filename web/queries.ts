import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { listArtifacts } from '@tidemark/api/contract/artifacts';
import { getDataset } from '@tidemark/api/contract/datasets';
import { experimentKeys, getExperiment, listExperiments } from '@tidemark/api/contract/experiments';
import { loginOptions } from '@tidemark/api/contract/front';
import { readMetrics } from '@tidemark/api/contract/metrics';
import type { Output } from '@tidemark/api/contract/route';
import { getRun, listRuns, runLines } from '@tidemark/api/contract/runs';
import { listTokens, whoami } from '@tidemark/api/contract/tokens';
import { listWorkers, queue } from '@tidemark/api/contract/workers';
import { api, front } from './api.ts';
import { plainText } from './format/plain-text.ts';

// The first part of each key is what `live/invalidate.ts` goes by.

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => api.call(whoami, {}, { signal }),
  staleTime: 300_000,
});

/** Served before the projects, so without a project's prefix. */
export const loginOptionsQuery = queryOptions({
  queryKey: ['login-options'],
  queryFn: ({ signal }) => front.call(loginOptions, {}, { signal }),
  staleTime: 300_000,
  retry: false,
});

export const experimentsQuery = queryOptions({
  queryKey: ['experiments'],
  queryFn: async ({ signal }) => (await api.call(listExperiments, {}, { signal })).experiments,
});

export const experimentQuery = (id: number) =>
  queryOptions({
    queryKey: ['experiment', id],
    queryFn: ({ signal }) => api.call(getExperiment, { params: { id } }, { signal }),
  });

export const keysQuery = (id: number) =>
  queryOptions({
    queryKey: ['keys', id],
    queryFn: ({ signal }) => api.call(experimentKeys, { params: { id }, query: { limit: 1000 } }, { signal }),
  });

export interface RunsInput {
  experiment?: number;
  filter?: string;
  sort?: string;
  limit?: number;
}

/** The first page of runs, wherever a short list is enough. */
export const runsQuery = ({ limit = 20, ...input }: RunsInput) =>
  queryOptions({
    queryKey: ['runs', { ...input, limit }],
    queryFn: ({ signal }) => api.call(listRuns, { query: { ...present(input), limit } }, { signal }),
    placeholderData: keepPreviousData,
  });

/** All runs of an experiment, by pages of 200. */
export const runPagesQuery = (input: RunsInput & { experiment: number }) =>
  infiniteQueryOptions({
    queryKey: ['runs', { ...input, pages: true }],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      api.call(
        listRuns,
        { query: { ...present(input), count: 'true', limit: 200, ...(pageParam ? { cursor: pageParam } : {}) } },
        { signal },
      ),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['run', id],
    queryFn: ({ signal }) => api.call(getRun, { params: { id } }, { signal }),
  });

export interface MetricsInput {
  runs: readonly string[];
  keys: readonly string[];
  points: number;
  axis: 'step' | 'epoch' | 'wall' | 'relative';
  from?: number;
  to?: number;
}

/** While a window loads, the old pixels stay. */
export const metricsQuery = (input: MetricsInput) =>
  queryOptions({
    queryKey: ['metrics', input],
    queryFn: ({ signal }) =>
      api.call(readMetrics, { query: { ...present(input), runs: [...input.runs], keys: [...input.keys] } }, { signal }),
    enabled: input.runs.length > 0 && input.keys.length > 0,
    placeholderData: keepPreviousData,
  });

export const artifactsQuery = (id: string) =>
  queryOptions({
    queryKey: ['artifacts', id],
    queryFn: async ({ signal }) => (await api.call(listArtifacts, { params: { id } }, { signal })).artifacts,
  });

type Lines = Output<typeof runLines>;
const LINES = 2000;

/** A run's console lines; read again, only those after the last known one are fetched. */
export const linesQuery = (id: string) =>
  queryOptions({
    queryKey: ['lines', id],
    queryFn: async ({ client, queryKey, signal }): Promise<Lines> => {
      const known = client.getQueryData<Lines>(queryKey) ?? { lines: [], next: 0 };
      const lines = [...known.lines];
      let next = known.next;
      for (;;) {
        const page = await api.call(runLines, { params: { id }, query: { after: next, limit: LINES } }, { signal });
        for (const line of page.lines) lines.push({ ...line, text: plainText(line.text) });
        // A page of long lines is a short one: only where nothing comes after is the end.
        if (page.next === next) return { lines, next };
        next = page.next;
      }
    },
    structuralSharing: false,
  });

export const workersQuery = queryOptions({
  queryKey: ['workers'],
  queryFn: async ({ signal }) => (await api.call(listWorkers, {}, { signal })).workers,
});

export const queueQuery = queryOptions({
  queryKey: ['queue'],
  queryFn: ({ signal }) => api.call(queue, {}, { signal }),
});

export const datasetQuery = (ref: string) =>
  queryOptions({
    queryKey: ['datasets', ref],
    queryFn: ({ signal }) => api.call(getDataset, { params: { ref } }, { signal }),
  });

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async ({ signal }) => (await api.call(listTokens, {}, { signal })).tokens,
});

/** Without the keys that are undefined. */
function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined && part !== '')) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
