import './styles/tokens.css';
import './styles/base.css';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { ApiError } from '@tidemark/client';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { place } from './api.ts';
import { createAppRouter } from './router.tsx';
import { toLogin } from './state/login.ts';
import { mlflowLink } from './state/mlflow-link.ts';

// A new build has other file names: a page that asks for an old one is loaded anew, once in ten seconds.
addEventListener('vite:preloadError', (event) => {
  const key = 'tidemark.reloaded';
  if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < 10_000) return;
  event.preventDefault();
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
});

const moved = mlflowLink(location.hash);
if (moved) history.replaceState(null, '', place.basepath + moved);

const client = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof ApiError && error.code === 'unauthorized') toLogin();
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      // A refusal stays one; what may succeed later is tried again, as long as the server asks to wait.
      retry: (count, error) => count < 3 && (!(error instanceof ApiError) || error.retry),
      retryDelay: (count, error) =>
        error instanceof ApiError && error.retryAfter ? error.retryAfter * 1000 : Math.min(8000, 500 * 2 ** count),
    },
  },
});

const router = createAppRouter(place.basepath);
const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root.');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
