import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api.ts';
import { createAppRouter } from './router.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/sign-in.css';
import './styles/components.css';
import './styles/panel.css';
import './styles/forms.css';
import './styles/overlays.css';
import './styles/table.css';
import './styles/data-table.css';
import './styles/charts.css';
import './styles/pages.css';
import './styles/head-end.css';
import './styles/commissioning.css';
import './styles/vee.css';
import './styles/billing.css';
import './styles/range-bar.css';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      // What the caller did wrong stays wrong; a server or network that stumbled may recover.
      retry: (count, error) =>
        count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={createAppRouter()} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
