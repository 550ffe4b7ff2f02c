import { queryOptions } from '@tanstack/react-query';
import { getArtifact } from '@tidemark/api/contract/artifacts';
import { api } from './api.ts';

/** An artifact's text. Read again only when its digest changes. */
export const artifactText = (run: string, path: string, digest: string) =>
  queryOptions({
    queryKey: ['artifact-text', run, path, digest],
    queryFn: async ({ signal }) => (await api.call(getArtifact, { params: { id: run, path } }, { signal })).text(),
    staleTime: Number.POSITIVE_INFINITY,
  });
