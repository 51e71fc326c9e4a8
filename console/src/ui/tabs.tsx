/**
 * Tabs with arrow keys, of which the address holds the open one. Those that find no room are scrolled to: the
 * open one by itself, the others by a button at the edge they are behind.
 */
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { Icon } from './icon.tsx';

export interface Tab {
  readonly id: string;
  readonly label: string;
}

export function Tabs(props: {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly open: string;
  readonly onOpen: (id: string) => void;
  readonly children: ReactNode;
}) {
  const base = useId();
  const list = useRef<HTMLDivElement>(null);
  const more = useMore(list, props.open);
  const move = (e: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const at = props.tabs.findIndex((t) => t.id === props.open);
    const next = props.tabs[(at + step + props.tabs.length) % props.tabs.length]!;
    props.onOpen(next.id);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
  };
  return (
    <>
      <div className="tab-row">
        <div className="tabs" role="tablist" aria-label={props.label} ref={list} onKeyDown={move}>
          {props.tabs.map((tab) => (
            <button
              key={tab.id}
              type="button"
              role="tab"
              data-tab={tab.id}
              id={`${base}-${tab.id}`}
              aria-selected={tab.id === props.open}
              aria-controls={`${base}-panel`}
              tabIndex={tab.id === props.open ? 0 : -1}
              onClick={() => props.onOpen(tab.id)}
            >
              {tab.label}
            </button>
          ))}
        </div>
        {more.before && <More to="start" list={list} />}
        {more.after && <More to="end" list={list} />}
      </div>
      <div role="tabpanel" id={`${base}-panel`} aria-labelledby={`${base}-${props.open}`}>
        {props.children}
      </div>
    </>
  );
}

/** For pointers: with the keyboard, the arrows reach every tab. */
function More(props: { readonly to: 'start' | 'end'; readonly list: RefObject<HTMLDivElement | null> }) {
  const scroll = () => {
    const element = props.list.current;
    element?.scrollBy({ left: (props.to === 'start' ? -0.7 : 0.7) * element.clientWidth });
  };
  return (
    <button
      type="button"
      className="tabs-more"
      data-to={props.to}
      tabIndex={-1}
      aria-hidden="true"
      title="More tabs"
      onClick={scroll}
    >
      <Icon name="right" />
    </button>
  );
}

/** Whether tabs are out of sight before and after those shown; the open one is brought into sight. */
function useMore(list: RefObject<HTMLDivElement | null>, open: string) {
  const [more, setMore] = useState({ before: false, after: false });
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const look = () => {
      const { scrollLeft, clientWidth, scrollWidth } = element;
      const found = { before: scrollLeft > 1, after: scrollLeft + clientWidth < scrollWidth - 1 };
      setMore((known) => (known.before === found.before && known.after === found.after ? known : found));
    };
    const watch = new ResizeObserver(look);
    watch.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    look();
    return () => {
      watch.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [list]);
  useEffect(() => {
    // After the router has put back how far things were scrolled. Clear of the buttons at the edges; the page
    // itself stays where it is.
    const frame = requestAnimationFrame(() => {
      const tab = list.current?.querySelector<HTMLElement>(`[data-tab="${open}"]`);
      if (!tab) return;
      const middle = tab.offsetLeft + tab.offsetWidth / 2;
      list.current?.scrollTo({ left: middle - list.current.clientWidth / 2 });
    });
    return () => cancelAnimationFrame(frame);
  }, [list, open]);
  return more;
}
