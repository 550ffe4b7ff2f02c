import { CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { LayerTable } from '../../components/LayerTable.tsx';
import type { Check } from './check.ts';
import styles from './NewRunPage.module.css';

interface Props {
  check: Check;
  onJump(from: number): void;
  children?: ReactNode;
}

/** What is wrong, then the layers with their shapes, as they are typed. */
export function CheckPanel({ check, onJump, children }: Props) {
  return (
    <aside className={styles.panel} aria-label="What this config makes">
      <section aria-live="polite">
        {check.problems.length === 0 ? (
          <p className={styles.ok}>
            <CircleCheck size={14} aria-hidden="true" /> This config is valid.
          </p>
        ) : (
          <ul className={styles.problems}>
            {check.problems.map((problem) => (
              <li key={`${problem.from} ${problem.message}`}>
                <button type="button" onClick={() => onJump(problem.from)}>
                  <b>Line {problem.line}:</b> {problem.message}
                </button>
              </li>
            ))}
          </ul>
        )}
      </section>
      {children}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: wide shapes scroll. */}
      <section className={styles.layers} aria-label="Layers" tabIndex={0}>
        <h2>Layers</h2>
        {check.layers.length > 0 || check.layerProblem ? (
          <LayerTable
            layers={check.layers}
            problem={check.layerProblem ? { index: check.layers.length, message: check.layerProblem } : undefined}
          />
        ) : (
          <p className={styles.quiet}>Shapes appear once the model can be read.</p>
        )}
      </section>
    </aside>
  );
}
