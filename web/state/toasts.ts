import { createStore } from './store.ts';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'note' | 'error';
  readonly undo?: () => Promise<void>;
}

export const toasts = createStore<readonly Toast[]>([]);
let next = 1;

/** What `⌘Z` takes back, newest last: for the whole session, longer than the toast stays. */
const undoable: Toast[] = [];

/** At most three at a time, six seconds each, ten with Undo; errors stay until they are closed. */
export function toast(text: string, options: { error?: boolean; undo?: () => Promise<void> } = {}): void {
  const entry: Toast = {
    id: next++,
    text,
    kind: options.error ? 'error' : 'note',
    ...(options.undo ? { undo: options.undo } : {}),
  };
  if (entry.undo) undoable.push(entry);
  toasts.set([...toasts.get().slice(-2), entry]);
  if (entry.kind === 'note') setTimeout(() => dismiss(entry.id), entry.undo ? 10_000 : 6000);
}

export function dismiss(id: number): void {
  toasts.set(toasts.get().filter((entry) => entry.id !== id));
}

/** Takes back one action, the newest unless one is named. */
export async function undo(id?: number): Promise<void> {
  const index = id === undefined ? undoable.length - 1 : undoable.findIndex((entry) => entry.id === id);
  const [entry] = index < 0 ? [] : undoable.splice(index, 1);
  if (!entry?.undo) return;
  dismiss(entry.id);
  try {
    await entry.undo();
    toast(`Undone: ${entry.text}`);
  } catch (error) {
    toast(`Could not undo: ${error instanceof Error ? error.message : String(error)}`, { error: true });
  }
}
