import type { TestReport } from '@tidemark/training/test-report';
import styles from './PredictionsTab.module.css';

/** Colours of the dashboard's series; more classes than that share them. */
const COLOURS = 12;
const SIDE = 220;

const colourOf = (index: number): string => `var(--s${(index % COLOURS) + 1})`;
const pathOf = ({ x, y }: { x: readonly number[]; y: readonly number[] }): string =>
  x.map((value, i) => `${(value * SIDE).toFixed(1)},${((1 - (y[i] ?? 0)) * SIDE).toFixed(1)}`).join(' ');

/** ROC and precision over recall of each class, both axes from 0 to 1. */
export function TestCurves({ curves }: { curves: TestReport['curves'] }) {
  const drawn = curves.filter(({ roc }) => roc.x.length > 1);
  return (
    <div className={styles.curves}>
      <Square curves={drawn} kind="roc" title="ROC" x="false positives" y="true positives" />
      <Square curves={drawn} kind="pr" title="Precision over recall" x="recall" y="precision" />
      <ul className={styles.legend}>
        {drawn.map(({ class: name }, i) => (
          <li key={name}>
            <span style={{ background: colourOf(i) }} aria-hidden="true" />
            {name}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface SquareProps {
  curves: TestReport['curves'];
  kind: 'roc' | 'pr';
  title: string;
  x: string;
  y: string;
}

function Square({ curves, kind, title, x, y }: SquareProps) {
  const names = curves.map((curve) => curve.class).join(', ');
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <svg viewBox={`-4 -4 ${SIDE + 8} ${SIDE + 8}`} role="img" aria-label={`${title} of ${names}: ${y} over ${x}`}>
        <rect width={SIDE} height={SIDE} />
        {kind === 'roc' && <line x1={0} y1={SIDE} x2={SIDE} y2={0} />}
        {curves.map((curve, i) => (
          <polyline key={curve.class} points={pathOf(curve[kind])} style={{ stroke: colourOf(i) }}>
            <title>{curve.class}</title>
          </polyline>
        ))}
      </svg>
      <p>
        {y} over {x}, 0 to 1
      </p>
    </figure>
  );
}
