import { Link } from '@tanstack/react-router';
import type { RunDetail } from '@tidemark/api/contract/runs';
import { ChevronLeft, ChevronRight, GitCompareArrows, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { useRunActions } from '../../actions/useRunActions.ts';
import { seriesStyle } from '../../charts/style.ts';
import { Button, buttonClass } from '../../components/Button.tsx';
import { EditableText } from '../../components/EditableText.tsx';
import { Menu } from '../../components/Menu.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { StatusBadge } from '../../components/StatusBadge.tsx';
import { Swatch } from '../../components/Swatch.tsx';
import { formatDuration } from '../../format/duration.ts';
import { formatNumber } from '../../format/number.ts';
import { useNow } from '../../state/now.ts';
import { isLive, runDuration } from '../../state/primary.ts';
import { toast } from '../../state/toasts.ts';
import styles from './RunPage.module.css';
import type { Neighbours } from './useNeighbours.ts';

interface Props {
  run: RunDetail;
  experimentTo: string;
  neighbours: Neighbours | null;
}

/** State and progress first, then what can be done. A failed run shows its error before all else. */
export function RunHead({ run, experimentTo, neighbours }: Props) {
  const actions = useRunActions();
  const [busy, setBusy] = useState(false);
  const live = isLive(run);
  const now = useNow(1000, run.status === 'running');
  const { progress } = run;
  const device = run.attempts.at(-1)?.device;
  const duration = runDuration(run, now);

  async function once(action: () => Promise<void>): Promise<void> {
    setBusy(true);
    await action();
    setBusy(false);
  }

  return (
    <div className={styles.top}>
      <header className={styles.head}>
        <h1 className={styles.title}>
          <Swatch style={seriesStyle(run.ordinal)} />
          <span>#{run.ordinal}</span>
          <EditableText value={run.name} label="Name of the run" onSave={(name) => actions.rename(run, name)} />
        </h1>
        <StatusBadge status={run.status} filled />
        <div className={styles.progress}>
          {progress && live && run.status !== 'queued' ? (
            <>
              <span>
                epoch {Math.floor(progress.epoch)} / {progress.epochs}
              </span>
              <ProgressBar
                value={progress.steps > 0 ? progress.step / progress.steps : progress.epoch / progress.epochs}
                label="Progress"
              />
              {progress.etaSeconds !== undefined && <span>{formatDuration(progress.etaSeconds * 1000)} left</span>}
              {progress.imagesPerSecond !== undefined && (
                <span>{formatNumber(progress.imagesPerSecond, 3)} images/s</span>
              )}
            </>
          ) : (
            duration !== null && <span>{formatDuration(duration)}</span>
          )}
          {run.worker && (
            <span>
              <Link to="/workers">{run.worker.name}</Link>
              {run.attempt > 1 && ` · attempt ${run.attempt}`}
            </span>
          )}
          {device && <span title={device}>{device.split(';')[0]}</span>}
        </div>
        <div className={styles.actions}>
          {neighbours && (
            <>
              <Button
                look="icon"
                aria-label="Newer run"
                title="Newer run  K"
                disabled={neighbours.position === 0}
                onClick={() => neighbours.go(-1)}
              >
                <ChevronLeft size={16} aria-hidden="true" />
              </Button>
              <span className={styles.position}>
                {neighbours.position + 1} of {neighbours.count}
              </span>
              <Button
                look="icon"
                aria-label="Older run"
                title="Older run  J"
                disabled={neighbours.position === neighbours.count - 1}
                onClick={() => neighbours.go(1)}
              >
                <ChevronRight size={16} aria-hidden="true" />
              </Button>
            </>
          )}
          {live && (
            <Button
              look="danger"
              disabled={busy || run.status === 'cancelling'}
              onClick={() => void once(() => actions.cancel(run))}
            >
              Cancel
            </Button>
          )}
          {run.config && (
            <Button
              disabled={busy}
              onClick={() => void once(() => actions.rerun(run))}
              title="A new run with the same config"
            >
              <RotateCcw size={13} aria-hidden="true" /> Rerun
            </Button>
          )}
          <Link to={experimentTo} search={compareSearch(run)} className={buttonClass}>
            <GitCompareArrows size={13} aria-hidden="true" /> Compare
          </Link>
          <Menu
            label="Run menu"
            look="quiet"
            trigger="⋯"
            items={[
              { label: 'Rerun with edits', disabled: !run.config, onSelect: () => actions.edit(run) },
              {
                label: 'Copy id',
                onSelect: () => void navigator.clipboard?.writeText(run.id).then(() => toast('Id copied')),
              },
              run.deletedAt === null
                ? {
                    label: 'Delete',
                    hint: live ? 'cancel it first' : 'kept in the trash for 30 days',
                    disabled: live,
                    danger: true,
                    onSelect: () => void actions.remove([run]),
                  }
                : { label: 'Restore', onSelect: () => void actions.restore(run) },
            ]}
          />
        </div>
      </header>
      {run.error && (
        <p className={styles.error} role="alert">
          <b>{run.error.code}</b> {run.error.message}
        </p>
      )}
      {run.status === 'queued' && run.waits && <p className={styles.waits}>Waits: {run.waits}</p>}
      {run.deletedAt !== null && (
        <p className={styles.waits}>
          This run is in the trash, where it stays 30 days.{' '}
          <Button disabled={busy} onClick={() => void once(() => actions.restore(run))}>
            Restore
          </Button>
        </p>
      )}
    </div>
  );
}

/** The workspace with this run and up to four that came before it. */
function compareSearch(run: RunDetail): Record<string, string> {
  const from = Math.max(1, run.ordinal - 4);
  return { show: from === run.ordinal ? String(from) : `${from}-${run.ordinal}` };
}
