/** The frame around every page: bar, navigation, content, messages. */
import { Outlet } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { SiteProvider } from '../site.tsx';
import { Announcer } from '../ui/announce.tsx';
import { Toasts } from '../ui/toast.tsx';
import { OutageBar } from './outage-bar.tsx';
import { SessionGate } from './session.tsx';
import { SideNav } from './side-nav.tsx';
import { TopBar } from './top-bar.tsx';
import { useArrival } from './use-arrival.ts';

export function Shell() {
  return (
    <SessionGate>
      <SiteProvider>
        <Frame />
      </SiteProvider>
    </SessionGate>
  );
}

function Frame() {
  const [navOpen, setNavOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  useArrival(main, {
    onLeave: () => setNavOpen(false),
    mayMove: () => {
      const focused = document.activeElement;
      return focused === document.body || focused?.closest('.side') != null;
    },
  });
  return (
    <div className="shell">
      {/* biome-ignore lint/a11y/useValidAnchor: it is a link; some browsers leave the focus behind */}
      <a className="skip" href="#main" onClick={() => main.current?.focus()}>
        Skip to content
      </a>
      <TopBar navOpen={navOpen} onMenu={() => setNavOpen(!navOpen)} />
      <SideNav open={navOpen} onClose={() => setNavOpen(false)} />
      <main className="main" id="main" tabIndex={-1} ref={main}>
        <OutageBar />
        <Outlet />
      </main>
      <Announcer />
      <Toasts />
    </div>
  );
}

/** Puts the page's name into the window title. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · OpenAMI`;
  }, [title]);
}
