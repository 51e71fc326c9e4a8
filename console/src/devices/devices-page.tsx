/** Devices that bring their own formats, and how devices log in: mappings, credentials, certificates. */
import { getRouteApi } from '@tanstack/react-router';
import { useMay } from '../shell/session.tsx';
import { TabbedPage } from '../ui/tabbed-page.tsx';
import { CertificatesPanel } from './certificates-panel.tsx';
import { CredentialsPanel } from './credentials-panel.tsx';
import { MappingsPanel } from './mappings-panel.tsx';

const route = getRouteApi('/devices');

export function DevicesPage() {
  const mayLogins = useMay('credentials:write');
  const { tab, q } = route.useSearch();
  const navigate = route.useNavigate();
  const onQuery = (text: string | undefined) =>
    void navigate({ search: (old: object) => ({ ...old, q: text }), replace: true });
  const search = { q, onQuery };
  const logins = [
    { id: 'credentials', label: 'Credentials', panel: <CredentialsPanel {...search} /> },
    { id: 'certificates', label: 'Certificates', panel: <CertificatesPanel {...search} /> },
  ];
  return (
    <TabbedPage
      title="Devices"
      note="How messages of other people’s devices become readings, and how devices log in"
      tabs={[
        { id: 'mappings', label: 'JSON mappings', panel: <MappingsPanel /> },
        ...(mayLogins ? logins : []),
      ]}
      tab={tab}
      onTab={(id) => void navigate({ search: { tab: id }, replace: true })}
    />
  );
}
