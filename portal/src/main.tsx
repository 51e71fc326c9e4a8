import { mount } from '@openami/console/mount.tsx';
// follows the system when it turns dark
import '@openami/console/shell/theme.ts';
import { RouterProvider } from '@tanstack/react-router';
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

mount(<RouterProvider router={createPortalRouter()} />);
