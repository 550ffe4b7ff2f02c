import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { listRuns } from '@tidemark/api/contract/runs';
import { Command } from 'cmdk';
import { useDeferredValue, useEffect, useRef, useState } from 'react';
import { api } from '../api.ts';
import { experimentsQuery, runsQuery } from '../queries.ts';
import { experimentKey } from '../state/links.ts';
import { ACTIONS, type Action } from '../state/palette-actions.ts';
import { recent } from '../state/recent.ts';
import styles from './Palette.module.css';

interface Row {
  readonly id: string;
  readonly label: string;
  readonly context: string;
  readonly keys?: string;
  act(): void;
}

/** One input: empty shows what was recent; `>` actions, `#` runs, `@` experiments. What the server adds stands below. */
export function Palette({ onClose }: { onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const navigate = useNavigate();
  const experiments = useQuery(experimentsQuery);
  const newest = useQuery(runsQuery({ limit: 50 }));
  const query = useDeferredValue(text.trim());
  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  const sign = /^[>#@]/.exec(text)?.[0] ?? '';
  const needle = text.slice(sign.length).trim().toLowerCase();
  const go = (to: string): void => void navigate({ to });
  const found = (label: string): boolean => label.toLowerCase().includes(needle);

  const ordinal = /^#?(\d+)$/.exec(query)?.[1];
  const tail = /^[0-9a-f]{4,32}$/.exec(query)?.[0];
  const server = useQuery({
    queryKey: ['runs', { palette: query }],
    queryFn: ({ signal }) =>
      api.call(
        listRuns,
        { query: { ...(ordinal ? { ordinal: Number(ordinal) } : { idTail: tail as string }), limit: 20 } },
        { signal },
      ),
    enabled: ordinal !== undefined || tail !== undefined,
  });

  const runRow = (run: { id: string; ordinal: number; name: string; experiment: string; status: string }): Row => ({
    id: run.id,
    label: `#${run.ordinal} ${run.name}`,
    context: `${run.experiment} · ${run.status}`,
    act: () => go(`/r/${run.id}`),
  });
  const actionRow = (action: Action): Row => ({
    id: action.label,
    label: action.label,
    context: 'action',
    ...(action.keys ? { keys: action.keys } : {}),
    act: () => action.run(go),
  });
  const local: Row[] = [
    ...(text === ''
      ? recent().map((entry) => ({
          id: `recent ${entry.to}`,
          label: entry.label,
          context: `recent ${entry.kind}`,
          act: () => go(entry.to),
        }))
      : []),
    ...(sign === '' || sign === '>' ? ACTIONS.filter((action) => found(action.label)).map(actionRow) : []),
    ...(sign === '@' || (sign === '' && needle !== '')
      ? (experiments.data ?? [])
          .filter((experiment) => found(experiment.name))
          .map((experiment) => ({
            id: `e${experiment.id}`,
            label: experiment.name,
            context: `experiment · ${experiment.runs} runs`,
            act: () => go(`/e/${experimentKey(experiment.id, experiment.slug)}`),
          }))
      : []),
    ...(sign === '#' || (sign === '' && needle !== '')
      ? (newest.data?.runs ?? []).filter((run) => found(`#${run.ordinal} ${run.name}`) || found(run.name)).map(runRow)
      : []),
  ].slice(0, 40);
  const known = new Set(local.map((row) => row.id));
  const rows = [...local, ...(server.data?.runs ?? []).map(runRow).filter((row) => !known.has(row.id))];

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it; the click is the one on the backdrop.
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label="Search or run a command"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <Command shouldFilter={false} label="Search or run a command" loop>
        <Command.Input
          className={styles.input}
          placeholder="Search or run a command…   > actions   # runs   @ experiments"
          value={text}
          onValueChange={setText}
          autoFocus
        />
        <Command.List className={styles.list}>
          <Command.Empty className={styles.empty}>Nothing found.</Command.Empty>
          {rows.map((row) => (
            <Command.Item
              key={row.id}
              value={row.id}
              className={styles.item}
              onSelect={() => {
                onClose();
                row.act();
              }}
            >
              <span>{row.label}</span>
              <span className={styles.context}>{row.context}</span>
              {row.keys && <kbd>{row.keys}</kbd>}
            </Command.Item>
          ))}
        </Command.List>
      </Command>
    </dialog>
  );
}
