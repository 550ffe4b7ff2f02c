import { NEW_RUN, PLACES, SETTINGS } from './nav.ts';
import { overlay } from './overlays.ts';
import { copyLink } from './share.ts';
import { chooseTheme, theme } from './theme.ts';
import { undo } from './toasts.ts';

export interface Action {
  readonly label: string;
  readonly keys?: string;
  run(go: (to: string) => void): void;
}

/** What the palette can do besides going somewhere. */
export const ACTIONS: readonly Action[] = [
  ...[NEW_RUN, ...PLACES, SETTINGS].map(({ label, to, keys }) => ({
    label: label === 'New run' ? label : `Go to ${label === 'Settings' ? 'tokens' : label.toLowerCase()}`,
    ...(keys ? { keys } : {}),
    run: (go: (path: string) => void) => go(to),
  })),
  { label: 'Copy a link to this view', keys: 'Y', run: copyLink },
  { label: 'Switch theme', run: () => chooseTheme(theme.get() === 'dark' ? 'light' : 'dark') },
  { label: 'Follow the system’s theme', run: () => chooseTheme('system') },
  { label: 'Undo', keys: 'Ctrl Z', run: () => void undo() },
  { label: 'Keyboard shortcuts', keys: '?', run: () => overlay.set('keys') },
];
