import { type SeriesStyle, styleColor } from '../charts/style.ts';

/** A run's stroke in small: colour and dash, as every chart draws it. */
export function Swatch({ style, width = 16 }: { style: SeriesStyle; width?: number }) {
  return (
    <svg
      width={width}
      height="8"
      viewBox={`0 0 ${width} 8`}
      aria-hidden="true"
      focusable="false"
      style={{ flex: 'none' }}
    >
      <line
        x1="0"
        x2={width}
        y1="4"
        y2="4"
        strokeWidth="3"
        style={{ stroke: styleColor(style) }}
        strokeDasharray={style.dash.join(' ')}
      />
    </svg>
  );
}
