/** The bar at the top: search, site clock, live indicator, theme, and who is signed in. */
import { Link } from '@tanstack/react-router';
import { formatClock, formatDate, formatOffset } from '../lib/format.ts';
import { useLive } from '../live.ts';
import { useSiteClock, useSiteNow } from '../site.tsx';
import { IconButton } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Popover } from '../ui/popover.tsx';
import { toastError } from '../ui/toast.tsx';
import { SearchBox } from './search-box.tsx';
import { signOut, useSession } from './session.tsx';
import { setTheme, type Theme, useTheme } from './theme.ts';

export function TopBar({ navOpen, onMenu }: { readonly navOpen: boolean; readonly onMenu: () => void }) {
  return (
    <header className="topbar">
      <IconButton
        className="menu-button"
        icon={navOpen ? 'close' : 'menu'}
        label={navOpen ? 'Close navigation' : 'Open navigation'}
        aria-expanded={navOpen}
        aria-controls="side-nav"
        onClick={onMenu}
      />
      <Link to="/" className="brand" aria-label="OpenAMI, overview">
        <img src="/icon.svg" alt="" />
        <span>OpenAMI</span>
      </Link>
      <SearchBox />
      <div className="topbar-end">
        <SiteClockView />
        <LiveIndicator />
        <ThemeMenu />
        <UserMenu />
      </div>
    </header>
  );
}

function SiteClockView() {
  const clock = useSiteClock();
  const now = useSiteNow('second');
  if (!clock.known) return null;
  return (
    <div className="site-clock" title={`Site time, ${clock.zone}`}>
      <span className="sr-only">Site time</span>
      <span className="date">{formatDate(now, clock.zone)}</span>
      <strong>{formatClock(now, clock.zone)}</strong>
      <span className="zone">
        {clock.zone.replace('_', ' ')} ({formatOffset(now, clock.zone)})
      </span>
      {clock.simulated && (
        <span className="badge" data-tone="accent" title="The site's clock is simulated">
          {clock.speed === 1 ? 'simulated' : `simulated ×${clock.speed}`}
        </span>
      )}
    </div>
  );
}

const liveWords = {
  live: ['Live', 'The screen follows the site.'],
  connecting: ['Connecting', 'Opening the live stream.'],
  waiting: ['Reconnecting', 'The live stream was cut; it is tried again by itself.'],
} as const;

function LiveIndicator() {
  const status = useLive((s) => s.status);
  const [word, meaning] = liveWords[status];
  return (
    <span className="live" data-status={status} title={meaning} role="status">
      <svg viewBox="0 0 10 10" aria-hidden="true">
        {status === 'live' ? (
          <circle cx="5" cy="5" r="4.5" fill="currentColor" />
        ) : (
          <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" strokeWidth="2" />
        )}
      </svg>
      <span className={status === 'live' ? 'word' : undefined}>{word}</span>
    </span>
  );
}

const themes: readonly { value: Theme; label: string; icon: 'system' | 'sun' | 'moon' }[] = [
  { value: 'system', label: 'As the system', icon: 'system' },
  { value: 'light', label: 'Light', icon: 'sun' },
  { value: 'dark', label: 'Dark', icon: 'moon' },
];

function ThemeMenu() {
  const theme = useTheme();
  const now = themes.find((t) => t.value === theme)!;
  return (
    <Popover label={`Theme: ${now.label}`} icon={now.icon} bare>
      {(close) =>
        themes.map((t) => (
          <button
            key={t.value}
            type="button"
            className="item"
            aria-pressed={t.value === theme}
            onClick={() => {
              setTheme(t.value);
              close();
            }}
          >
            <Icon name={t.icon} />
            <span className="grow">{t.label}</span>
            {t.value === theme && <Icon name="check" />}
          </button>
        ))
      }
    </Popover>
  );
}

function UserMenu() {
  const { user, token } = useSession();
  const name = user?.name ?? token?.name ?? 'Token';
  return (
    <Popover label={`Signed in as ${name}`} icon="user" bare>
      {() => (
        <>
          <div style={{ padding: '0.25rem 0.5rem' }}>
            <strong>{name}</strong>
            {user && <div className="muted small">{user.email}</div>}
            <div className="muted small">Role: {user?.role ?? token?.role}</div>
          </div>
          <hr />
          <button
            type="button"
            className="item"
            onClick={() => void signOut().catch((e: unknown) => toastError('sign out', e))}
          >
            <Icon name="out" />
            Sign out
          </button>
        </>
      )}
    </Popover>
  );
}
