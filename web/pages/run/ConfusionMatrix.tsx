import { useStore } from '../../state/store.ts';
import { theme } from '../../state/theme.ts';
import styles from './PredictionsTab.module.css';

/** A share of the row as a tint of the accent, weak enough that the text on it keeps its contrast in both themes. */
const tint = (share: number, right: boolean, dark: boolean): string =>
  `color-mix(in srgb, var(${right ? '--accent' : '--failed'}) ${Math.round(share * (dark ? 38 : 32))}%, var(--surface))`;

/** Rows: what the image is; columns: what the model said. */
export function ConfusionMatrix({
  classes,
  confusion,
}: {
  classes: readonly string[];
  confusion: readonly (readonly number[])[];
}) {
  const dark = useStore(theme) === 'dark';
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: many classes scroll.
    <div className={styles.matrixWrap} tabIndex={0} role="region" aria-label="What was said of each class">
      <table className={styles.matrix}>
        <thead>
          <tr>
            <td />
            {classes.map((name) => (
              <th key={name} scope="col">
                said {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {confusion.map((row, actual) => {
            const sum = row.reduce((total, cell) => total + cell, 0) || 1;
            const name = classes[actual] ?? '';
            return (
              <tr key={name}>
                <th scope="row">is {name}</th>
                {row.map((cell, said) => (
                  <td
                    key={classes[said]}
                    style={{ background: tint(cell / sum, said === actual, dark) }}
                    title={`${cell} of ${sum} ${name} were said to be ${classes[said]}`}
                  >
                    <b>{cell}</b>
                    <span>{Math.round((cell / sum) * 100)} %</span>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
