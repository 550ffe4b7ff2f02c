import { artifacts } from '@tidemark/db/schema/artifacts';

/** An artifact as the wire shows it. */
export const artifactFields = {
  path: artifacts.path,
  digest: artifacts.digest,
  size: artifacts.size,
  contentType: artifacts.content_type,
  createdAt: artifacts.created_at,
};
