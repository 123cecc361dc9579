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
import { plainSearch, readSupportSearch, readWatchSearch } from './search';
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

const providerReturn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in/return',
  component: lazyRouteComponent(() => import('../auth/provider-page'), 'ProviderPage'),
});

const registerPages = () => import('../auth/register-page');
const passwordPages = () => import('../auth/password-pages');

const register = createRoute({
  getParentRoute: () => root,
  path: '/register',
  component: lazyRouteComponent(registerPages, 'RegisterPage'),
});

const confirm = createRoute({
  getParentRoute: () => root,
  path: '/register/confirm',
  component: lazyRouteComponent(registerPages, 'ConfirmPage'),
});

const forgotten = createRoute({
  getParentRoute: () => root,
  path: '/reset',
  component: lazyRouteComponent(passwordPages, 'ForgottenPage'),
});

const reset = createRoute({
  getParentRoute: () => root,
  path: '/reset/confirm',
  component: lazyRouteComponent(passwordPages, 'ResetPage'),
});

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  beforeLoad: requireSignIn,
  component: lazyRouteComponent(() => import('../account/account-page'), 'AccountPage'),
});

const why = createRoute({
  getParentRoute: () => root,
  path: '/why/$channel',
  beforeLoad: requireSignIn,
  validateSearch: readWatchSearch,
  component: lazyRouteComponent(() => import('../diagnosis/why-page'), 'WhyPage'),
});

const support = createRoute({
  getParentRoute: () => root,
  path: '/support',
  beforeLoad: requireSignIn,
  validateSearch: readSupportSearch,
  component: lazyRouteComponent(() => import('../diagnosis/support-page'), 'SupportPage'),
});

const watch = createRoute({
  getParentRoute: () => root,
  path: '/watch/$channel',
  beforeLoad: requireSignIn,
  validateSearch: readWatchSearch,
  component: lazyRouteComponent(() => import('../player/watch-page'), 'WatchPage'),
});

/** The page's addresses; docs/architecture.md lists them. */
export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([
      home,
      signIn,
      providerReturn,
      register,
      confirm,
      forgotten,
      reset,
      account,
      why,
      support,
      watch,
    ]),
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
