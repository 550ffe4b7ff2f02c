/** The links that MLflow's clients print (`/#/experiments/3/runs/{id}`) as paths of ours; null for any other hash. */
export function mlflowLink(hash: string): string | null {
  const match = /^#\/experiments\/(\d+)(?:\/runs\/([0-9a-f]{32}))?\/?$/.exec(hash);
  if (!match) return null;
  return match[2] ? `/r/${match[2]}` : `/e/${match[1]}`;
}
