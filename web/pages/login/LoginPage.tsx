import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { createSession } from '@tidemark/api/contract/tokens';
import { type FormEvent, useState } from 'react';
import { api, place } from '../../api.ts';
import { Button, buttonClass } from '../../components/Button.tsx';
import { Logo } from '../../components/Logo.tsx';
import { loginOptionsQuery } from '../../queries.ts';
import { safeNext } from '../../state/login.ts';
import { usePage } from '../../state/page.ts';
import styles from './LoginPage.module.css';

export function LoginPage() {
  usePage('Log in', []);
  const search = useSearch({ strict: false });
  const [token, setToken] = useState('');
  const [error, setError] = useState(search.error ?? '');
  const [busy, setBusy] = useState(false);
  const provider = useQuery(loginOptionsQuery).data?.provider;

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const secret = token.trim();
    if (!/^tdm[0-9a-z]{37}$/.test(secret)) {
      setError('A token is `tdm` and 37 more lower-case letters or digits.');
      return;
    }
    setBusy(true);
    try {
      await api.call(createSession, { body: { token: secret } });
      // A whole load, so that nothing read before the login is left over.
      location.assign(place.basepath + safeNext(search.next));
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
      setBusy(false);
    }
  }

  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={(event) => void submit(event)} noValidate>
        <Logo size={40} />
        <h1>Tidemark</h1>
        <p className={styles.lead}>
          {place.project === 'default' ? (
            <>
              Paste a token, or open the link <code>serve</code> printed.
            </>
          ) : (
            <>
              Paste a token of the project <b>{place.project}</b>.
            </>
          )}
        </p>
        {provider && (
          <>
            <a
              className={buttonClass}
              data-look="primary"
              href={`${provider.path}?next=${encodeURIComponent(place.basepath + safeNext(search.next))}`}
            >
              Sign in with {provider.name}
            </a>
            <p className={styles.or}>or</p>
          </>
        )}
        <label htmlFor="token">Token</label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: the only field of the page.
          autoFocus
          value={token}
          aria-invalid={error !== ''}
          aria-describedby="token-error"
          onChange={(event) => {
            setToken(event.target.value);
            setError('');
          }}
        />
        <p id="token-error" className={styles.error} role="alert">
          {error}
        </p>
        <Button look={provider ? 'plain' : 'primary'} type="submit" disabled={busy}>
          {provider ? 'Log in with the token' : 'Log in'}
        </Button>
        <p className={styles.help}>
          {place.project === 'default' ? (
            <>
              On the server’s machine, <code>npx tidemark token create</code> makes one.
            </>
          ) : (
            <>Tokens of other projects are not good here. Whoever created this one was given its first.</>
          )}
        </p>
      </form>
    </main>
  );
}
