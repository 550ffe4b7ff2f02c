import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { cancelRun, cloneRun, deleteRun, type Run, restoreRun, updateRun } from '@tidemark/api/contract/runs';
import { useMemo } from 'react';
import { api } from '../api.ts';
import { runQuery } from '../queries.ts';
import { toast } from '../state/toasts.ts';
import { failed } from './failed.ts';

export interface RunActions {
  cancel(run: Run): Promise<void>;
  rerun(run: Run): Promise<void>;
  /** Opens the form with the run's config. */
  edit(run: Run): void;
  rename(run: Run, name: string): Promise<void>;
  note(run: Run, note: string): Promise<void>;
  /** A value of null removes the tag. */
  tag(run: Run, key: string, value: string | null): Promise<void>;
  remove(runs: readonly Run[]): Promise<void>;
  /** Takes a run out of the trash. */
  restore(run: Run): Promise<void>;
}

const plural = (runs: readonly Run[]): string => (runs.length === 1 ? `#${runs[0]?.ordinal}` : `${runs.length} runs`);

/** What can be done to runs: applied at once, taken back when the server refuses, undone where that is possible. */
export function useRunActions(): RunActions {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMemo(() => {
    const refresh = (): void => {
      void client.invalidateQueries({
        predicate: ({ queryKey: [kind] }) =>
          ['run', 'runs', 'queue', 'experiment', 'experiments'].includes(String(kind)),
      });
    };

    /** Shows the change at once in the run's own page; a refusal brings the old value back and says why. */
    async function patch(run: Run, change: Partial<Run>, send: () => Promise<unknown>, what: string): Promise<void> {
      const { queryKey } = runQuery(run.id);
      const before = client.getQueryData(queryKey);
      if (before) client.setQueryData(queryKey, { ...before, ...change });
      try {
        await send();
      } catch (error) {
        if (before) client.setQueryData(queryKey, before);
        failed(what, error);
      }
      refresh();
    }

    const update = (run: Run, body: Parameters<typeof updateBody>[0]) =>
      api.call(updateRun, { params: { id: run.id }, body: updateBody(body) });

    return {
      cancel: (run) =>
        patch(
          run,
          { status: run.status === 'queued' ? 'cancelled' : 'cancelling' },
          () => api.call(cancelRun, { params: { id: run.id } }),
          `#${run.ordinal} was not cancelled`,
        ),
      async rerun(run) {
        try {
          const made = await api.call(cloneRun, { params: { id: run.id }, body: {} });
          refresh();
          toast(`Queued #${made.ordinal} with the config of #${run.ordinal}`);
          await navigate({ to: '/r/$run', params: { run: made.id } });
        } catch (error) {
          failed(`#${run.ordinal} was not queued again`, error);
        }
      },
      edit(run) {
        void navigate({ to: '/new', search: { from: run.id } });
      },
      async rename(run, name) {
        const before = run.name;
        if (name === before) return;
        await patch(run, { name }, () => update(run, { name }), 'The name was not changed');
        toast(`Renamed #${run.ordinal}`, {
          undo: () => patch(run, { name: before }, () => update(run, { name: before }), 'The name was not changed'),
        });
      },
      note: (run, note) => patch(run, { note }, () => update(run, { note }), 'The note was not saved'),
      tag(run, key, value) {
        const tags = { ...run.tags };
        if (value === null) delete tags[key];
        else tags[key] = value;
        return patch(run, { tags }, () => update(run, { tags: { [key]: value } }), 'The tag was not changed');
      },
      async remove(runs) {
        const done: Run[] = [];
        for (const run of runs) {
          try {
            await api.call(deleteRun, { params: { id: run.id } });
            done.push(run);
          } catch (error) {
            failed(`#${run.ordinal} was not deleted`, error);
          }
        }
        refresh();
        if (done.length === 0) return;
        toast(`Deleted ${plural(done)}`, {
          undo: async () => {
            for (const run of done) await api.call(restoreRun, { params: { id: run.id } });
            refresh();
          },
        });
      },
      restore: (run) =>
        patch(
          run,
          { deletedAt: null },
          () => api.call(restoreRun, { params: { id: run.id } }),
          `#${run.ordinal} was not restored`,
        ),
    };
  }, [client, navigate]);
}

/** Only the fields that were given: the contract refuses an undefined one. */
function updateBody(body: { name?: string; note?: string; tags?: Record<string, string | null>; priority?: number }) {
  return body;
}
