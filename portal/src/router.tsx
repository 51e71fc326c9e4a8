/**
 * Addresses and their pages, all below /portal. Pages beyond the first are loaded when they are first
 * opened.
 */
import { Empty, ErrorBox, Loading } from '@openami/console/ui/states.tsx';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { HomePage } from './home/home-page.tsx';
import { type View, views } from './lib/usage-view.ts';
import { Shell } from './shell/shell.tsx';

const rootRoute = createRootRoute({ component: Shell });
const under = <const P extends string>(path: P) => ({ getParentRoute: () => rootRoute, path });

const homeRoute = createRoute({ ...under('/'), component: HomePage });

export interface UsageSearch {
  readonly view?: View;
  readonly at?: string;
  readonly show?: 'cost';
  readonly as?: 'table';
}

const usageRoute = createRoute({
  ...under('/usage'),
  validateSearch: ({ view, at, show, as }: Record<string, unknown>): UsageSearch => ({
    ...(views.includes(view as View) && { view: view as View }),
    ...(typeof at === 'string' && /^\d{4}-\d\d-\d\d$/.test(at) && !Number.isNaN(Date.parse(at)) && { at }),
    ...(show === 'cost' && { show }),
    ...(as === 'table' && { as }),
  }),
  component: lazyRouteComponent(() => import('./usage/usage-page.tsx'), 'UsagePage'),
});

const billsRoute = createRoute({
  ...under('/bills'),
  component: lazyRouteComponent(() => import('./bills/bills-page.tsx'), 'BillsPage'),
});

const billRoute = createRoute({
  ...under('/bills/$billId'),
  component: lazyRouteComponent(() => import('./bills/bill-page.tsx'), 'BillPage'),
});

const tariffsRoute = createRoute({
  ...under('/tariffs'),
  component: lazyRouteComponent(() => import('./tariffs/tariffs-page.tsx'), 'TariffsPage'),
});

const alertsRoute = createRoute({
  ...under('/alerts'),
  component: lazyRouteComponent(() => import('./alerts/alerts-page.tsx'), 'AlertsPage'),
});

const settingsRoute = createRoute({
  ...under('/settings'),
  component: lazyRouteComponent(() => import('./settings/settings-page.tsx'), 'SettingsPage'),
});

const routeTree = rootRoute.addChildren([
  homeRoute,
  usageRoute,
  billsRoute,
  billRoute,
  tariffsRoute,
  alertsRoute,
  settingsRoute,
]);

export function createPortalRouter() {
  return createRouter({
    ...{ routeTree, basepath: '/portal', scrollRestoration: true },
    defaultPendingComponent: () => <Loading what="the page" />,
    defaultNotFoundComponent: () => <Empty title="There is no such page">Choose one from the menu.</Empty>,
    defaultErrorComponent: ({ error }) => <ErrorBox error={error} what="show the page" />,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPortalRouter>;
  }
}
