export const RUN_TABS = [
  { id: 'overview', label: 'Overview' },
  { id: 'charts', label: 'Charts' },
  { id: 'config', label: 'Config' },
  { id: 'checkpoints', label: 'Checkpoints' },
  { id: 'artifacts', label: 'Artifacts' },
  { id: 'data', label: 'Data' },
  { id: 'logs', label: 'Logs' },
  { id: 'predictions', label: 'Predictions' },
] as const;

export type RunTab = (typeof RUN_TABS)[number]['id'];

export const runTab = (text: string | undefined): RunTab | null =>
  text === undefined ? 'overview' : (RUN_TABS.find((tab) => tab.id === text)?.id ?? null);
