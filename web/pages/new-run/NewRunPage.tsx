import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { createRun } from '@tidemark/api/contract/runs';
import { ApiError } from '@tidemark/client';
import { lazy, Suspense, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { experimentsQuery, runQuery, workersQuery } from '../../queries.ts';
import { usePage } from '../../state/page.ts';
import { toast } from '../../state/toasts.ts';
import { blockedText } from './blocked-text.ts';
import { CheckPanel } from './CheckPanel.tsx';
import { checkText } from './check.ts';
import { FromDiff } from './FromDiff.tsx';
import styles from './NewRunPage.module.css';
import { STARTS } from './starts.ts';
import { useDraft } from './useDraft.ts';
import { workersText } from './workers-text.ts';

const YamlEditor = lazy(() => import('./YamlEditor.tsx').then((module) => ({ default: module.YamlEditor })));

/** A config with what registration will say to it, as it is typed. */
export function NewRunPage() {
  usePage('New run', [{ label: 'New run' }]);
  const search = useSearch({ strict: false });
  const navigate = useNavigate();
  const client = useQueryClient();
  const from = search.from;
  const parent = useQuery({ ...runQuery(from ?? ''), enabled: from !== undefined });
  const experiments = useQuery(experimentsQuery);
  const workers = useQuery(workersQuery);
  const start = STARTS.find((one) => one.id === search.preset) ?? STARTS[0];
  const [draft, setDraft] = useDraft(from ?? search.preset ?? 'new', {
    text: from ? '' : (start?.text ?? ''),
    experiment: search.e ?? '',
    name: '',
  });
  const [jump, setJump] = useState<{ from: number } | null>(null);
  const [refusal, setRefusal] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);

  const parentText = parent.data?.config?.written;
  const parentExperiment = parent.data?.experiment;
  useEffect(() => {
    if (parentText === undefined || draft.text !== '') return;
    setDraft({ text: parentText, experiment: parentExperiment ?? '' });
  }, [parentText, parentExperiment, draft.text, setDraft]);

  const text = useDeferredValue(draft.text);
  const check = useMemo(() => checkText(text), [text]);
  const experiment = draft.experiment || (typeof check.value?.experiment === 'string' ? check.value.experiment : '');
  const blocked = blockedText(check.problems.length, experiment);
  const ready = blocked === '' && text === draft.text && !busy;

  async function queue(): Promise<void> {
    setBusy(true);
    setRefusal(null);
    try {
      const run = await api.call(createRun, {
        body: {
          config: draft.text,
          experiment,
          ...(draft.name ? { name: draft.name } : {}),
          ...(from ? { clonedFrom: from } : {}),
        },
      });
      setDraft(null);
      void client.invalidateQueries();
      toast(`Queued #${run.ordinal} in ${run.experiment}`);
      await navigate({ to: '/r/$run', params: { run: run.id } });
    } catch (error) {
      setRefusal(error instanceof Error ? error : new Error(String(error)));
      setBusy(false);
    }
  }

  if (parent.isError)
    return <ErrorPanel heading="New run" error={parent.error} onRetry={() => void parent.refetch()} />;
  if (from && parent.data && !parent.data.config)
    return (
      <ErrorPanel
        error={new Error(`#${parent.data.ordinal} was started by a script of its own: it has no config to begin with.`)}
      />
    );
  // The message is often the first of them: nobody reads the same sentence twice.
  const details =
    refusal instanceof ApiError ? refusal.details.filter((issue) => !refusal.message.includes(issue.message)) : [];
  return (
    <form
      className={styles.page}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void queue();
      }}
    >
      <div className={styles.head}>
        <h1>{parent.data ? `New run from #${parent.data.ordinal}` : 'New run'}</h1>
        <label>
          <span>Experiment</span>
          <input
            list="experiments"
            required
            value={experiment}
            placeholder="cats-vs-dogs"
            onChange={(event) => setDraft({ experiment: event.target.value })}
          />
        </label>
        <datalist id="experiments">
          {experiments.data?.map((one) => (
            <option key={one.id} value={one.name} />
          ))}
        </datalist>
        <label>
          <span>Name</span>
          <input
            value={draft.name}
            placeholder="made up for you"
            onChange={(event) => setDraft({ name: event.target.value })}
          />
        </label>
        <label>
          <span>Start from</span>
          <select
            value=""
            onChange={(event) => {
              const chosen = STARTS.find((one) => one.id === event.target.value);
              if (chosen) setDraft({ text: chosen.text });
            }}
          >
            <option value="">choose…</option>
            {STARTS.map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className={styles.panes}>
        <section className={styles.editor} aria-label="Config">
          <Suspense fallback={<Skeleton rows={16} height={20} what="the editor" />}>
            <YamlEditor
              value={draft.text}
              problems={check.problems}
              onChange={(next) => setDraft({ text: next })}
              jump={jump}
            />
          </Suspense>
        </section>
        <CheckPanel check={check} onJump={(place) => setJump({ from: place })}>
          {parent.data && <FromDiff parent={parent.data} value={check.value} />}
        </CheckPanel>
      </div>
      <footer className={styles.foot}>
        {refusal && (
          <div className={styles.refusal} role="alert">
            <b>{refusal.message}</b>
            {details.map((issue) => (
              <p key={`${issue.path.join('.')} ${issue.message}`}>{issue.message}</p>
            ))}
          </div>
        )}
        <span id="before-queueing" className={styles.match}>
          {blocked || workersText(workers.data, check.requires)}
        </span>
        <Button look="primary" type="submit" disabled={!ready} aria-describedby="before-queueing">
          Queue run
        </Button>
      </footer>
    </form>
  );
}
