import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import { AppShell } from './components/AppShell.tsx';
import { PageError } from './components/PageError.tsx';
import { Skeleton } from './components/Skeleton.tsx';
import { HomePage } from './pages/home/HomePage.tsx';
import { NotFoundPage } from './pages/NotFoundPage.tsx';
import { parseSearch, type Search, stringifySearch } from './state/search.ts';

/** Every page reads its query itself, by parsers that name what they drop; here it is plain text. */
const asText = (search: Record<string, unknown>): Search =>
  Object.fromEntries(Object.entries(search).map(([key, value]) => [key, String(value)]));

const root = createRootRoute({ component: Outlet, validateSearch: asText, notFoundComponent: NotFoundPage });

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  component: lazyRouteComponent(() => import('./pages/login/LoginPage.tsx'), 'LoginPage'),
});
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: AppShell });
const home = createRoute({ getParentRoute: () => shell, path: '/', component: HomePage });
const experiments = createRoute({
  getParentRoute: () => shell,
  path: '/e',
  component: lazyRouteComponent(() => import('./pages/experiments/ExperimentsPage.tsx'), 'ExperimentsPage'),
});
const experiment = createRoute({
  getParentRoute: () => shell,
  path: '/e/$key',
  component: lazyRouteComponent(() => import('./pages/experiment/ExperimentPage.tsx'), 'ExperimentPage'),
});
const run = createRoute({
  getParentRoute: () => shell,
  path: '/r/$run',
  component: lazyRouteComponent(() => import('./pages/run/RunPage.tsx'), 'RunPage'),
});
const runTab = createRoute({
  getParentRoute: () => shell,
  path: '/r/$run/$tab',
  component: lazyRouteComponent(() => import('./pages/run/RunPage.tsx'), 'RunPage'),
});
const newRun = createRoute({
  getParentRoute: () => shell,
  path: '/new',
  component: lazyRouteComponent(() => import('./pages/new-run/NewRunPage.tsx'), 'NewRunPage'),
});
const queue = createRoute({
  getParentRoute: () => shell,
  path: '/queue',
  component: lazyRouteComponent(() => import('./pages/queue/QueuePage.tsx'), 'QueuePage'),
});
const workers = createRoute({
  getParentRoute: () => shell,
  path: '/workers',
  component: lazyRouteComponent(() => import('./pages/workers/WorkersPage.tsx'), 'WorkersPage'),
});
const tokens = createRoute({
  getParentRoute: () => shell,
  path: '/settings/tokens',
  component: lazyRouteComponent(() => import('./pages/settings/TokensPage.tsx'), 'TokensPage'),
});

const routeTree = root.addChildren([
  login,
  shell.addChildren([home, experiments, experiment, run, runTab, newRun, queue, workers, tokens]),
]);

export function createAppRouter(basepath: string) {
  return createRouter({
    routeTree,
    basepath: basepath || '/',
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPendingComponent: () => <Skeleton />,
    defaultErrorComponent: PageError,
    scrollRestoration: false,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
