/** What keeps a config from being queued, in words; empty when nothing does. */
export function blockedText(problems: number, experiment: string): string {
  if (problems > 0) return `${problems === 1 ? 'One thing' : `${problems} things`} to put right in the config first.`;
  return experiment.trim() === '' ? 'Which experiment is it for? Fill in Experiment.' : '';
}
