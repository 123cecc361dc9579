import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  useNavigate,
} from '@tanstack/react-router';
import { keeper } from '../auth/session';
import { safeNext } from '../auth/sign-in-message';
import { SignInPage } from '../auth/sign-in-page';
import { HomePage } from '../channels/home-page';
import { channelsQuery } from '../channels/queries';
import { plainSearch, readWatchSearch } from './search';
import { AbsentPage, CrashedPage, Root } from './shell';

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Root,
  notFoundComponent: AbsentPage,
  errorComponent: CrashedPage,
});

function requireSignIn({ location }: { location: { href: string } }): void {
  if (keeper.username === null) throw redirect({ to: '/sign-in', search: { next: location.href } });
}

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: requireSignIn,
  loader: ({ context }) => void context.queries.query(channelsQuery).catch(() => undefined),
  component: HomePage,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>) => ({ next: safeNext(search.next) }),
  component: SignIn,
});

function SignIn() {
  const { next } = signIn.useSearch();
  const navigate = useNavigate();
  return <SignInPage onSignedIn={() => void navigate({ href: next, replace: true })} />;
}

const watch = createRoute({
  getParentRoute: () => root,
  path: '/watch/$channel',
  beforeLoad: requireSignIn,
  validateSearch: readWatchSearch,
  component: lazyRouteComponent(() => import('../player/watch-page'), 'WatchPage'),
});

/** The page's addresses: `/`, `/sign-in?next=…`, `/watch/<channel>?mode=…&programme=…`. */
export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([home, signIn, watch]),
    context: { queries },
    parseSearch: plainSearch.parse,
    stringifySearch: plainSearch.stringify,
    scrollRestoration: true,
    defaultPreload: 'intent',
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
