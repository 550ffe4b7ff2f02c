import { useQueryClient } from '@tanstack/react-query';
import { createToken, type Token } from '@tidemark/api/contract/tokens';
import { type FormEvent, useState } from 'react';
import { failed } from '../../actions/failed.ts';
import { api } from '../../api.ts';
import { Button } from '../../components/Button.tsx';
import { CopyLine } from '../../components/CopyLine.tsx';
import styles from './CreateToken.module.css';

type Scope = Token['scope'];

const SCOPES: readonly { value: Scope; label: string }[] = [
  { value: 'worker', label: 'worker: read, take runs and write them' },
  { value: 'write', label: 'write: read, queue, change and log runs' },
  { value: 'read', label: 'read: look at everything' },
  { value: 'admin', label: 'admin: all, tokens too' },
];

/** The secret is in the answer and nowhere else: it is shown until the page is left. */
export function CreateToken() {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('worker');
  const [days, setDays] = useState('');
  const [made, setMade] = useState<{ name: string; secret: string } | null>(null);

  async function create(event: FormEvent): Promise<void> {
    event.preventDefault();
    const expiresInDays = Number(days);
    try {
      const token = await api.call(createToken, {
        body: { name: name.trim(), scope, ...(expiresInDays > 0 ? { expiresInDays } : {}) },
      });
      setMade({ name: token.name, secret: token.secret });
      setName('');
      void client.invalidateQueries({ queryKey: ['tokens'] });
    } catch (error) {
      failed('No token was created', error);
    }
  }

  return (
    <>
      <form className={styles.form} onSubmit={(event) => void create(event)}>
        <label>
          <span>Name</span>
          <input
            required
            maxLength={200}
            placeholder="gpu-box-1"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label>
          <span>Scope</span>
          <select value={scope} onChange={(event) => setScope(event.target.value as Scope)}>
            {SCOPES.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Expires in days</span>
          <input
            type="number"
            min={1}
            max={3650}
            placeholder="never"
            value={days}
            onChange={(event) => setDays(event.target.value)}
          />
        </label>
        <Button look="primary" type="submit">
          Create
        </Button>
      </form>
      {made && (
        <div className={styles.made} role="status">
          <p>
            <b>{made.name}</b>: shown this once. Keep it now.
          </p>
          <CopyLine text={`TIDEMARK_TOKEN=${made.secret}`} label="Copy the token" />
        </div>
      )}
    </>
  );
}
