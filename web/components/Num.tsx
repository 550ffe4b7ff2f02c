import { formatNumber } from '../format/number.ts';

/** Four digits on the page, the full double on hover. */
export function Num({ value }: { value: number | null | undefined }) {
  return <span title={value === null || value === undefined ? undefined : String(value)}>{formatNumber(value)}</span>;
}
