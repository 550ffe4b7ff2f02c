export interface Recent {
  readonly kind: 'run' | 'experiment';
  readonly label: string;
  readonly to: string;
}

const key = 'tidemark.recent';

export function recent(): Recent[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(value) ? (value as Recent[]).filter((entry) => typeof entry.to === 'string').slice(0, 8) : [];
  } catch {
    return [];
  }
}

/** Remembers a page for the palette's empty state, in this browser alone. */
export function remember(entry: Recent): void {
  try {
    const others = recent().filter((known) => known.to !== entry.to);
    localStorage.setItem(key, JSON.stringify([entry, ...others].slice(0, 8)));
  } catch {
    // Nothing is lost but a convenience.
  }
}
