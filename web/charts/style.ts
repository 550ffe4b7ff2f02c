/** How a run is drawn, everywhere and forever: a colour slot (0 … 11) and a dash, both from its ordinal alone. */
export interface SeriesStyle {
  readonly slot: number;
  /** Canvas line dash in CSS pixels; empty for solid. */
  readonly dash: readonly number[];
}

const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [9, 3, 2, 3]];

/** 48 styles; twelve consecutive ordinals always differ in colour. */
export function seriesStyle(ordinal: number): SeriesStyle {
  const index = Math.max(0, ordinal - 1);
  return { slot: index % 12, dash: DASHES[Math.floor(index / 12) % 4] as readonly number[] };
}

/** The custom property that holds the style's colour in the current theme. */
export const styleColor = (style: SeriesStyle): string => `var(--s${style.slot + 1})`;

/** Ordinals that share one style among those shown, with the letter that tells them apart. */
export function styleTags(ordinals: readonly number[]): ReadonlyMap<number, string> {
  const groups = new Map<number, number[]>();
  for (const ordinal of ordinals) {
    const style = (ordinal - 1) % 48;
    groups.set(style, [...(groups.get(style) ?? []), ordinal]);
  }
  const tags = new Map<number, string>();
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    for (const [index, ordinal] of group.sort((a, b) => a - b).entries()) {
      tags.set(ordinal, String.fromCharCode(97 + (index % 26)));
    }
  }
  return tags;
}
