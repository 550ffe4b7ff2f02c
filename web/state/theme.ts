import { createStore } from './store.ts';

export type Theme = 'light' | 'dark';
/** What was chosen; `system` follows the machine. */
export type ThemeChoice = Theme | 'system';

const key = 'tidemark.theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(key);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

const resolve = (choice: ThemeChoice): Theme =>
  choice === 'system' ? (systemDark.matches ? 'dark' : 'light') : choice;

export const themeChoice = createStore<ThemeChoice>(stored());
export const theme = createStore<Theme>(resolve(themeChoice.get()));

function apply(): void {
  const next = resolve(themeChoice.get());
  document.documentElement.dataset.theme = next;
  theme.set(next);
}

export function chooseTheme(choice: ThemeChoice): void {
  try {
    if (choice === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, choice);
  } catch {
    // A browser that stores nothing still shows the theme until it is reloaded.
  }
  themeChoice.set(choice);
  apply();
}

systemDark.addEventListener('change', apply);
