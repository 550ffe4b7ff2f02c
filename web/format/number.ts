const thin = '\u2009';

/** Integers in full, grouped by a thin space from 10 000 on. */
function grouped(value: number): string {
  const digits = Math.abs(value).toFixed(0);
  const body = digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, thin);
  return (value < 0 ? '−' : '') + body;
}

/**
 * A measured value with four significant digits: scientific for non-integers below 1e-3 or from 1e6 on, integers in full.
 * Missing is `–`, never blank.
 */
export function formatNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return '–';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 53) return grouped(value);
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6)
    return value
      .toExponential(digits - 1)
      .replace('e+', 'e')
      .replace(/^-/, '−');
  return value.toPrecision(digits).replace(/^-/, '−');
}

/** A difference, always with its sign. */
export function formatDelta(value: number): string {
  if (value === 0) return '±0';
  const text = formatNumber(value);
  return value > 0 ? `+${text}` : text;
}

/** A fraction as a whole percentage. */
export function formatPercent(fraction: number, digits = 0): string {
  return `${(fraction * 100).toFixed(digits)} %`;
}
