import { useQueries } from '@tanstack/react-query';
import type { Run } from '@tidemark/api/contract/runs';
import { DiffTable } from '../../components/DiffTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { runQuery } from '../../queries.ts';
import { comparable } from '../../state/comparable.ts';
import { diffRows } from '../../state/diff.ts';
import styles from './DiffPane.module.css';

interface Props {
  runs: readonly Run[];
  all: boolean;
  onAll(all: boolean): void;
}

/** The shown runs' resolved configs side by side; a script's own run brings its params. */
export function DiffPane({ runs, all, onAll }: Props) {
  const compared = runs.slice(0, 25);
  const details = useQueries({ queries: compared.map((run) => ({ ...runQuery(run.id), staleTime: 300_000 })) });
  if (compared.length < 2) return <EmptyState text="Show two runs or more to compare their configs." />;
  if (details.some((detail) => detail.isPending)) return <Skeleton what="the configs" />;
  const documents = details.map((detail) =>
    detail.data ? comparable(detail.data) : { leaves: new Map<string, string>(), layers: [] },
  );
  const rows = diffRows(documents);
  const differing = rows.filter((row) => row.differs);
  return (
    <div className={styles.pane}>
      <div className={styles.bar}>
        <label>
          <input type="checkbox" checked={!all} onChange={(event) => onAll(!event.target.checked)} /> only differences
        </label>
        <span>
          {differing.length} of {rows.length} keys differ
          {runs.length > compared.length && ` · the first 25 of ${runs.length} shown runs`}
        </span>
      </div>
      {!all && differing.length === 0 ? (
        <EmptyState text={`These ${compared.length} configs are the same in all ${rows.length} keys.`} />
      ) : (
        <DiffTable runs={compared} rows={all ? rows : differing} />
      )}
    </div>
  );
}
