import { Link } from '@tanstack/react-router';
import type { RunDetail } from '@tidemark/api/contract/runs';
import { useState } from 'react';
import { stringify } from 'yaml';
import { buttonClass } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LayerTable } from '../../components/LayerTable.tsx';
import { formatNumber } from '../../format/number.ts';
import styles from './ConfigTab.module.css';

/** The document as it was sent, the same with every default, and the layers it makes. */
export function ConfigTab({ run }: { run: RunDetail }) {
  const [resolved, setResolved] = useState(false);
  const params = Object.entries(run.params);
  if (!run.config)
    return params.length === 0 ? (
      <EmptyState text="This run was started by a script of its own and told no params." />
    ) : (
      <Card title="Params">
        <dl className={styles.params}>
          {params.map(([key, value]) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>{typeof value === 'number' ? formatNumber(value) : String(value)}</dd>
            </div>
          ))}
        </dl>
      </Card>
    );
  const text = resolved ? stringify(run.config.resolved, { flowCollectionPadding: false }) : run.config.written;
  return (
    <div className={styles.grid}>
      <Card
        title="Config"
        aside={
          <span className={styles.aside}>
            <fieldset className={styles.switch}>
              <legend className="sr">Which form of the config</legend>
              <label>
                <input type="radio" name="form" checked={!resolved} onChange={() => setResolved(false)} /> as written
              </label>
              <label>
                <input type="radio" name="form" checked={resolved} onChange={() => setResolved(true)} /> with defaults
              </label>
            </fieldset>
            <CopyButton text={text} label="Copy the config" />
            <Link to="/new" search={{ from: run.id }} className={buttonClass}>
              Rerun with edits
            </Link>
          </span>
        }
      >
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll. */}
        <pre className={styles.text} tabIndex={0}>
          {text}
        </pre>
      </Card>
      {run.layers && (
        <Card title="Model" flush>
          <LayerTable layers={run.layers} />
        </Card>
      )}
    </div>
  );
}
