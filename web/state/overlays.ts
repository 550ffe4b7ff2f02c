import { createStore } from './store.ts';

/** Which of the shell's overlays is open. */
export const overlay = createStore<'palette' | 'keys' | null>(null);
