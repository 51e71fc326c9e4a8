import { ApiError } from '@openami/console/api.ts';
// follows the system when it turns dark
import '@openami/console/shell/theme.ts';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createPortalRouter } from './router.tsx';
import '@openami/console/styles/tokens.css';
import '@openami/console/styles/base.css';
import '@openami/console/styles/sign-in.css';
import '@openami/console/styles/components.css';
import '@openami/console/styles/panel.css';
import '@openami/console/styles/forms.css';
import '@openami/console/styles/overlays.css';
import '@openami/console/styles/table.css';
import '@openami/console/styles/data-table.css';
import '@openami/console/styles/charts.css';
import '@openami/console/styles/range-bar.css';
import './styles/portal.css';
import './styles/figures.css';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the caller did wrong stays wrong; a server or network that stumbled may recover.
      retry: (count, error) =>
        count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});

document.documentElement.lang = 'en';
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={createPortalRouter()} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
