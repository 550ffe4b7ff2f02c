import type { RunDetail } from '@tidemark/api/contract/runs';
import { X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useRunActions } from '../../actions/useRunActions.ts';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import styles from './NoteCard.module.css';

/** A note and tags: what a person knows about the run that it cannot know itself. */
export function NoteCard({ run }: { run: RunDetail }) {
  const actions = useRunActions();
  const [draft, setDraft] = useState<string | null>(null);
  const [tag, setTag] = useState('');

  function addTag(event: FormEvent): void {
    event.preventDefault();
    const [key = '', ...rest] = tag.split('=');
    if (key.trim() === '') return;
    void actions.tag(run, key.trim(), rest.join('=').trim());
    setTag('');
  }

  return (
    <Card title="Note and tags">
      {draft === null ? (
        <button
          type="button"
          className={styles.note}
          data-empty={run.note === '' || undefined}
          onClick={() => setDraft(run.note)}
        >
          {run.note || 'Click to write a note'}
        </button>
      ) : (
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            void actions.note(run, draft);
            setDraft(null);
          }}
        >
          <textarea
            aria-label="Note"
            rows={5}
            // biome-ignore lint/a11y/noAutofocus: the click asked for it.
            autoFocus
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
            onKeyDown={(event) => event.key === 'Escape' && setDraft(null)}
          />
          <div className={styles.row}>
            <Button look="primary" type="submit">
              Save
            </Button>
            <Button onClick={() => setDraft(null)}>Discard</Button>
          </div>
        </form>
      )}
      <ul className={styles.tags}>
        {Object.entries(run.tags).map(([key, value]) => (
          <li key={key} className={styles.tag}>
            {value ? `${key}=${value}` : key}
            <button type="button" aria-label={`Remove the tag ${key}`} onClick={() => void actions.tag(run, key, null)}>
              <X size={12} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
      <form className={styles.add} onSubmit={addTag}>
        <input
          aria-label="New tag"
          placeholder="tag or key=value"
          value={tag}
          onChange={(event) => setTag(event.target.value)}
        />
        <Button type="submit">Add</Button>
      </form>
    </Card>
  );
}
