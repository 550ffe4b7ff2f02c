import { type SeriesStyle, styleColor } from '../charts/style.ts';

interface Props {
  values: readonly number[];
  style: SeriesStyle;
  label: string;
  width?: number;
  height?: number;
}

/** A curve the size of a word. */
export function Spark({ values, style, label, width = 72, height = 18 }: Props) {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2) return <span style={{ display: 'inline-block', width, height }} />;
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low || 1;
  const path = values
    .map((value, i) => {
      if (!Number.isFinite(value)) return '';
      const x = (i / (values.length - 1)) * (width - 2) + 1;
      const y = height - 2 - ((value - low) / span) * (height - 4);
      return `${i === 0 || !Number.isFinite(values[i - 1]) ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <path d={path} fill="none" strokeWidth="1.5" strokeLinejoin="round" style={{ stroke: styleColor(style) }} />
    </svg>
  );
}
