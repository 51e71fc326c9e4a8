import { useRouterState } from '@tanstack/react-router';
import { type RefObject, useEffect, useEffectEvent, useRef } from 'react';
import { announce } from '../ui/announce.tsx';

/** A new page: its title is said, and the keyboard goes on from its beginning, where `mayMove` allows it. */
export function useArrival(
  main: RefObject<HTMLElement | null>,
  options: { readonly onLeave?: () => void; readonly mayMove?: () => boolean } = {},
): void {
  const path = useRouterState({ select: (s) => s.location.pathname });
  const before = useRef(path);
  const leave = useEffectEvent(() => options.onLeave?.());
  const move = useEffectEvent(() => {
    if (options.mayMove?.() ?? true) main.current?.focus();
  });
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    leave();
    const timer = setTimeout(() => {
      announce(document.title);
      move();
    }, 150);
    return () => clearTimeout(timer);
  }, [path]);
}
