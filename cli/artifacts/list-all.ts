import { type Artifact, listArtifacts } from '@tidemark/api/contract/artifacts';
import type { Client } from '@tidemark/client';

/** All of a run's artifacts that begin so, page by page. */
export async function listAll(client: Client, run: string, prefix = ''): Promise<Artifact[]> {
  const all: Artifact[] = [];
  let cursor: string | undefined;
  do {
    const query = { prefix, limit: 1000, ...(cursor === undefined ? {} : { cursor }) };
    const page = await client.call(listArtifacts, { params: { id: run }, query });
    all.push(...page.artifacts);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return all;
}

/** What a path means in a run: the artifact of that name, or all below it as a folder. */
export const meantBy = (artifacts: readonly Artifact[], path: string): Artifact[] => {
  const folder = path === '' || path.endsWith('/') ? path : `${path}/`;
  const one = artifacts.filter((artifact) => artifact.path === path);
  return one.length > 0 ? one : artifacts.filter((artifact) => artifact.path.startsWith(folder));
};
