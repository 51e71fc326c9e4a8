/** The frame around every page: whose it is, the content, and on a phone the menu below it. */
import { useArrival } from '@openami/console/shell/use-arrival.ts';
import { Announcer } from '@openami/console/ui/announce.tsx';
import { Icon, type IconName } from '@openami/console/ui/icon.tsx';
import { Toasts } from '@openami/console/ui/toast.tsx';
import { Link, Outlet } from '@tanstack/react-router';
import { useEffect, useId, useRef } from 'react';
import { PointGate, pointName, usePoint } from './point.tsx';
import { SessionGate } from './session.tsx';

export function Shell() {
  return (
    <SessionGate>
      <PointGate>
        <Frame />
      </PointGate>
    </SessionGate>
  );
}

const pages: readonly { to: string; label: string; icon: IconName }[] = [
  { to: '/', label: 'Home', icon: 'overview' },
  { to: '/usage', label: 'Usage', icon: 'chart' },
  { to: '/bills', label: 'Bills', icon: 'bill' },
  { to: '/tariffs', label: 'Tariffs', icon: 'tariff' },
  { to: '/alerts', label: 'Alerts', icon: 'warning' },
];

function Frame() {
  const main = useRef<HTMLElement>(null);
  useArrival(main);
  return (
    <div className="portal">
      {/* biome-ignore lint/a11y/useValidAnchor: it is a link; some browsers leave the focus behind */}
      <a className="skip" href="#main" onClick={() => main.current?.focus()}>
        Skip to content
      </a>
      <Top />
      <Menu />
      <main className="portal-main" id="main" tabIndex={-1} ref={main}>
        <Outlet />
      </main>
      <Announcer />
      <Toasts />
    </div>
  );
}

function Top() {
  const { my, point, choose } = usePoint();
  const id = useId();
  return (
    <header className="portal-top">
      {my.points.length > 1 ? (
        <>
          <label className="sr-only" htmlFor={id}>
            Usage point
          </label>
          <select
            id={id}
            className="input portal-point"
            value={point.id}
            onChange={(e) => choose(Number(e.target.value))}
          >
            {my.points.map((one) => (
              <option key={one.id} value={one.id}>
                {pointName(one)}
              </option>
            ))}
          </select>
        </>
      ) : (
        <p className="portal-point cut">{pointName(point)}</p>
      )}
      <Link to="/settings" className="portal-settings" aria-label="Settings" title="Settings">
        <Icon name="settings" size={20} />
      </Link>
    </header>
  );
}

function Menu() {
  const { my } = usePoint();
  return (
    <nav className="portal-menu" aria-label="Main">
      <ul>
        {pages.map(({ to, label, icon }) => (
          <li key={to}>
            <Link to={to} activeOptions={{ exact: to === '/' }} activeProps={{ 'aria-current': 'page' }}>
              <Icon name={icon} size={20} />
              {label}
              {to === '/alerts' && my.unseenAlerts > 0 && (
                <span className="portal-count">
                  {my.unseenAlerts}
                  <span className="sr-only"> new</span>
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Puts the page's name into the window title. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Your energy and water`;
  }, [title]);
}
