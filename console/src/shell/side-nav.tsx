/** Navigation: the pages, with the numbers that ask for attention. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { formatCompact } from '../lib/format.ts';
import { awaitingQuery, overviewQuery } from '../queries.ts';
import { Icon, type IconName } from '../ui/icon.tsx';
import { openCountQuery } from '../vee/queries.ts';
import { useSession } from './session.tsx';

interface Entry {
  readonly to:
    | '/'
    | '/meters'
    | '/collection'
    | '/exceptions'
    | '/quality'
    | '/virtual-channels'
    | '/rules'
    | '/bills'
    | '/bill-runs'
    | '/disputes'
    | '/tariffs'
    | '/prepay'
    | '/commands'
    | '/campaigns'
    | '/keys'
    | '/imports'
    | '/commissioning'
    | '/unregistered'
    | '/heard'
    | '/lorawan'
    | '/devices'
    | '/rejected'
    | '/settings';
  readonly label: string;
  readonly icon: IconName;
  /** Shown only to those who may read it. */
  readonly need?: string;
}

const entries: readonly Entry[] = [
  { to: '/', label: 'Overview', icon: 'overview' },
  { to: '/meters', label: 'Meters', icon: 'meters' },
  { to: '/collection', label: 'Collection', icon: 'collection', need: 'collection:read' },
  { to: '/exceptions', label: 'Exceptions', icon: 'exceptions', need: 'vee:read' },
  { to: '/quality', label: 'Data quality', icon: 'quality', need: 'vee:read' },
  { to: '/virtual-channels', label: 'Virtual channels', icon: 'virtual', need: 'vee:read' },
  { to: '/rules', label: 'Rules', icon: 'rules', need: 'vee:read' },
  { to: '/bills', label: 'Bills', icon: 'bill', need: 'billing:read' },
  { to: '/bill-runs', label: 'Bill runs', icon: 'run', need: 'billing:read' },
  { to: '/disputes', label: 'Disputes', icon: 'dispute', need: 'billing:read' },
  { to: '/tariffs', label: 'Tariffs', icon: 'tariff', need: 'billing:read' },
  { to: '/prepay', label: 'Prepay', icon: 'wallet', need: 'prepay:read' },
  { to: '/commands', label: 'Commands', icon: 'command' },
  { to: '/campaigns', label: 'Campaigns', icon: 'campaign' },
  { to: '/keys', label: 'Keys', icon: 'key', need: 'keys:read' },
  { to: '/imports', label: 'Imports', icon: 'imports' },
  { to: '/commissioning', label: 'Commissioning', icon: 'commissioning' },
  { to: '/heard', label: 'Heard over the air', icon: 'radio' },
  { to: '/lorawan', label: 'LoRaWAN', icon: 'radio' },
  { to: '/devices', label: 'Devices', icon: 'bolt', need: 'collection:read' },
  { to: '/unregistered', label: 'Seen, not registered', icon: 'unknown' },
  { to: '/rejected', label: 'Rejected', icon: 'rejected' },
  { to: '/settings', label: 'Settings', icon: 'settings' },
];

export function SideNav({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { data } = useQuery(overviewQuery);
  const { permissions } = useSession();
  const shown = entries.filter(({ need }) => need === undefined || permissions.includes(need));
  const awaiting = useQuery(awaitingQuery);
  const exceptions = useQuery({ ...openCountQuery, enabled: permissions.includes('vee:read') });
  const counts: Record<string, number | undefined> = {
    '/exceptions': exceptions.data,
    '/commands': awaiting.data,
    '/unregistered': data?.unregisteredDevices,
    '/rejected': data?.rejections24h,
  };
  useEffect(() => {
    if (!open) return;
    const onKey = (e: KeyboardEvent) => e.key === 'Escape' && onClose();
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [open, onClose]);
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: Escape and the menu button close it too */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
      <div className="scrim" data-open={open} onClick={onClose} />
      <nav className="side" id="side-nav" data-open={open} aria-label="Main">
        <ul>
          {shown.map((entry) => (
            <li key={entry.to}>
              <Link to={entry.to} activeOptions={{ exact: entry.to === '/', includeSearch: false }}>
                <Icon name={entry.icon} />
                {entry.label}
                {(counts[entry.to] ?? 0) > 0 && (
                  <span className="badge" data-tone="warn">
                    {formatCompact(counts[entry.to])}
                  </span>
                )}
              </Link>
            </li>
          ))}
        </ul>
        <p className="side-foot">
          <a href="/docs">API reference</a>
        </p>
      </nav>
    </>
  );
}
