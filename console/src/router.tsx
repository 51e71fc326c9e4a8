/** Addresses and their pages. Pages beyond the first are loaded when they are first opened. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
} from '@tanstack/react-router';
import { parseMeterSearch, parseSearch, stringifySearch } from './lib/search-params.ts';
import { OverviewPage } from './overview/overview-page.tsx';
import { Shell } from './shell/shell.tsx';
import { Empty, ErrorBox, Loading } from './ui/states.tsx';

/** Keeps the named text parameters of an address and drops the rest. */
function pick<const K extends string>(...names: K[]) {
  return (raw: Record<string, unknown>): { [N in K]?: string } => {
    const out: { [N in K]?: string } = {};
    for (const name of names) {
      const value = raw[name];
      if (typeof value === 'string' && value !== '') out[name] = value.slice(0, 400);
    }
    return out;
  };
}

const rootRoute = createRootRoute({ component: Shell });
const under = <const P extends string>(path: P) => ({ getParentRoute: () => rootRoute, path });

const overviewRoute = createRoute({ ...under('/'), component: OverviewPage });

export const metersRoute = createRoute({
  ...under('/meters'),
  validateSearch: parseMeterSearch,
  component: lazyRouteComponent(() => import('./meters/meters-page.tsx'), 'MetersPage'),
});

export const meterRoute = createRoute({
  ...under('/meters/$meterId'),
  validateSearch: pick('tab', 'channel', 'from', 'to', 'compare', 'reading'),
  component: lazyRouteComponent(() => import('./meter/meter-page.tsx'), 'MeterPage'),
});

export const commandsRoute = createRoute({
  ...under('/commands'),
  validateSearch: pick('tab', 'state'),
  component: lazyRouteComponent(() => import('./commands/commands-page.tsx'), 'CommandsPage'),
});

export const orderRoute = createRoute({
  ...under('/commands/$orderId'),
  component: lazyRouteComponent(() => import('./commands/order-page.tsx'), 'OrderPage'),
});

export const campaignsRoute = createRoute({
  ...under('/campaigns'),
  validateSearch: pick('tab'),
  component: lazyRouteComponent(() => import('./campaigns/campaigns-page.tsx'), 'CampaignsPage'),
});

export const campaignRoute = createRoute({
  ...under('/campaigns/$campaignId'),
  component: lazyRouteComponent(() => import('./campaigns/campaign-page.tsx'), 'CampaignPage'),
});

export const collectionRoute = createRoute({
  ...under('/collection'),
  validateSearch: pick('tab'),
  component: lazyRouteComponent(() => import('./collection/collection-page.tsx'), 'CollectionPage'),
});

export const exceptionsRoute = createRoute({
  ...under('/exceptions'),
  validateSearch: pick('tab', 'group', 'meter', 'state', 'rule'),
  component: lazyRouteComponent(() => import('./vee/exceptions-page.tsx'), 'ExceptionsPage'),
});

export const dayRoute = createRoute({
  ...under('/exceptions/$channelId/$day'),
  validateSearch: pick('group'),
  component: lazyRouteComponent(() => import('./vee/day-page.tsx'), 'DayPage'),
});

export const qualityRoute = createRoute({
  ...under('/quality'),
  validateSearch: pick('tab', 'by', 'within', 'from', 'to'),
  component: lazyRouteComponent(() => import('./quality/quality-page.tsx'), 'QualityPage'),
});

export const virtualRoute = createRoute({
  ...under('/virtual-channels'),
  validateSearch: pick('tab'),
  component: lazyRouteComponent(() => import('./virtual/virtual-page.tsx'), 'VirtualPage'),
});

export const rulesRoute = createRoute({
  ...under('/rules'),
  validateSearch: pick('tab', 'q'),
  component: lazyRouteComponent(() => import('./rules/rules-page.tsx'), 'RulesPage'),
});

export const billsRoute = createRoute({
  ...under('/bills'),
  validateSearch: pick('account', 'state', 'tariff', 'run'),
  component: lazyRouteComponent(() => import('./billing/bills-page.tsx'), 'BillsPage'),
});

export const billRoute = createRoute({
  ...under('/bills/$billId'),
  component: lazyRouteComponent(() => import('./billing/bill-page.tsx'), 'BillPage'),
});

export const billRunsRoute = createRoute({
  ...under('/bill-runs'),
  validateSearch: pick('tab'),
  component: lazyRouteComponent(() => import('./billing/runs-page.tsx'), 'RunsPage'),
});

export const billRunRoute = createRoute({
  ...under('/bill-runs/$runId'),
  component: lazyRouteComponent(() => import('./billing/run-page.tsx'), 'RunPage'),
});

export const disputesRoute = createRoute({
  ...under('/disputes'),
  validateSearch: pick('q', 'state'),
  component: lazyRouteComponent(() => import('./disputes/disputes-page.tsx'), 'DisputesPage'),
});

export const disputeRoute = createRoute({
  ...under('/disputes/$disputeId'),
  component: lazyRouteComponent(() => import('./disputes/dispute-page.tsx'), 'DisputePage'),
});

export const tariffsRoute = createRoute({
  ...under('/tariffs'),
  validateSearch: pick('tab', 'q', 'series', 'tariff'),
  component: lazyRouteComponent(() => import('./billing/tariffs-page.tsx'), 'TariffsPage'),
});

export const tariffImpactRoute = createRoute({
  ...under('/tariff-impacts/$impactId'),
  validateSearch: pick('by', 'class', 'order'),
  component: lazyRouteComponent(() => import('./what-if/impact-page.tsx'), 'ImpactPage'),
});

export const agreementRoute = createRoute({
  ...under('/agreements/$code'),
  validateSearch: pick('impact'),
  component: lazyRouteComponent(() => import('./what-if/agreement-page.tsx'), 'AgreementPage'),
});

export const tariffRoute = createRoute({
  ...under('/tariffs/$code'),
  component: lazyRouteComponent(() => import('./billing/tariff-page.tsx'), 'TariffPage'),
});

export const prepayRoute = createRoute({
  ...under('/prepay'),
  validateSearch: pick('tab', 'state', 'q'),
  component: lazyRouteComponent(() => import('./prepay/prepay-page.tsx'), 'PrepayPage'),
});

export const prepayCustomerRoute = createRoute({
  ...under('/prepay/$agreement'),
  component: lazyRouteComponent(() => import('./prepay/customer-page.tsx'), 'PrepayCustomerPage'),
});

export const keysRoute = createRoute({
  ...under('/keys'),
  component: lazyRouteComponent(() => import('./keys/keys-page.tsx'), 'KeysPage'),
});

export const importsRoute = createRoute({
  ...under('/imports'),
  validateSearch: pick('job'),
  component: lazyRouteComponent(() => import('./imports/imports-page.tsx'), 'ImportsPage'),
});

export const commissioningRoute = createRoute({
  ...under('/commissioning'),
  validateSearch: pick('q', 'state', 'late', 'finding'),
  component: lazyRouteComponent(() => import('./commissioning/commissioning-page.tsx'), 'CommissioningPage'),
});

export const unregisteredRoute = createRoute({
  ...under('/unregistered'),
  validateSearch: pick('q'),
  component: lazyRouteComponent(() => import('./devices/unregistered-page.tsx'), 'UnregisteredPage'),
});

export const heardRoute = createRoute({
  ...under('/heard'),
  validateSearch: pick('q', 'state', 'registered'),
  component: lazyRouteComponent(() => import('./radio/heard-page.tsx'), 'HeardPage'),
});

export const lorawanRoute = createRoute({
  ...under('/lorawan'),
  validateSearch: pick('q', 'state'),
  component: lazyRouteComponent(() => import('./lorawan/devices-page.tsx'), 'LorawanPage'),
});

export const devicesRoute = createRoute({
  ...under('/devices'),
  validateSearch: pick('tab', 'q'),
  component: lazyRouteComponent(() => import('./devices/devices-page.tsx'), 'DevicesPage'),
});

export const rejectedRoute = createRoute({
  ...under('/rejected'),
  validateSearch: pick('code', 'device'),
  component: lazyRouteComponent(() => import('./devices/rejected-page.tsx'), 'RejectedPage'),
});

export const settingsRoute = createRoute({
  ...under('/settings'),
  validateSearch: pick('tab'),
  component: lazyRouteComponent(() => import('./settings/settings-page.tsx'), 'SettingsPage'),
});

const routeTree = rootRoute.addChildren([
  overviewRoute,
  metersRoute,
  meterRoute,
  commandsRoute,
  orderRoute,
  campaignsRoute,
  campaignRoute,
  collectionRoute,
  exceptionsRoute,
  dayRoute,
  qualityRoute,
  virtualRoute,
  rulesRoute,
  billsRoute,
  billRoute,
  billRunsRoute,
  billRunRoute,
  disputesRoute,
  disputeRoute,
  tariffsRoute,
  tariffRoute,
  tariffImpactRoute,
  agreementRoute,
  prepayRoute,
  prepayCustomerRoute,
  keysRoute,
  importsRoute,
  commissioningRoute,
  unregisteredRoute,
  heardRoute,
  lorawanRoute,
  devicesRoute,
  rejectedRoute,
  settingsRoute,
]);

export function createAppRouter(history?: RouterHistory) {
  return createRouter({
    routeTree,
    history,
    parseSearch,
    stringifySearch,
    scrollRestoration: true,
    defaultPendingComponent: () => <Loading what="the page" />,
    defaultErrorComponent: ({ error, reset }) => (
      <ErrorBox error={error} what="show this page" onRetry={reset} />
    ),
    defaultNotFoundComponent: () => (
      <Empty icon="unknown" title="There is no page at this address">
        Choose one from the navigation, or search for a serial, an address or an account.
      </Empty>
    ),
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
