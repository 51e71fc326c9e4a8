/**
 * The one search box: `/` or Ctrl-K goes to it, arrows walk the hits, Enter opens, Escape leaves. Built as
 * an ARIA combobox, so that the keyboard stays in the text while hits are chosen.
 */
import type { SearchHit } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useDeferredValue, useEffect, useRef, useState } from 'react';
import { formatWord } from '../lib/format.ts';
import { searchQuery } from '../queries.ts';
import { Icon } from '../ui/icon.tsx';

const listId = 'search-hits';

export function SearchBox() {
  const input = useRef<HTMLInputElement>(null);
  const root = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const q = useDeferredValue(text.trim());
  const { data, error, isFetching } = useQuery(searchQuery(q));
  const hits = q.length >= 2 ? (data ?? []) : [];
  useSearchKey(input);

  const go = (hit: SearchHit | undefined) => {
    setOpen(false);
    if (hit?.meterId) {
      void navigate({ to: '/meters/$meterId', params: { meterId: String(hit.meterId) } });
    } else if (q) void navigate({ to: '/meters', search: { q: hit?.title ?? q } });
    setText('');
    input.current?.blur();
  };
  const onKey = (e: KeyboardEvent) => {
    if (e.key === 'ArrowDown') setActive((i) => Math.min(hits.length - 1, i + 1));
    else if (e.key === 'ArrowUp') setActive((i) => Math.max(0, i - 1));
    else if (e.key === 'Enter') go(hits[active]);
    else if (e.key === 'Escape') {
      if (open) setOpen(false);
      else input.current?.blur();
    } else return;
    e.preventDefault();
  };
  const shown = open && q.length >= 2;
  return (
    // biome-ignore lint/a11y/useSemanticElements: <search> is not known to every reader yet
    <div
      className="search"
      role="search"
      ref={root}
      onBlur={(e) => !root.current?.contains(e.relatedTarget) && setOpen(false)}
    >
      <Icon name="search" />
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label="Search serial, address, account or customer"
        aria-expanded={shown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={shown && hits[active] ? `${listId}-${active}` : undefined}
        placeholder="Serial, address, account, customer"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onFocus={() => setOpen(true)}
        onChange={(e) => {
          setText(e.target.value);
          setActive(0);
          setOpen(true);
        }}
        onKeyDown={onKey}
      />
      <kbd>/</kbd>
      {shown && (
        <Hits hits={hits} active={active} onPick={go} onPoint={setActive}>
          {error ? 'Search failed. Try again in a moment.' : searchWords(q, isFetching, hits.length)}
        </Hits>
      )}
    </div>
  );
}

function searchWords(q: string, busy: boolean, count: number): string | undefined {
  if (count > 0) return undefined;
  return busy ? `Searching for “${q}” …` : `Nothing found for “${q}”. Enter lists the meters that hold it.`;
}

function Hits(props: {
  readonly hits: readonly SearchHit[];
  readonly active: number;
  readonly onPick: (hit: SearchHit) => void;
  readonly onPoint: (index: number) => void;
  readonly children: string | undefined;
}) {
  return (
    <div className="search-list">
      {props.children && <p role="status">{props.children}</p>}
      <div id={listId} role="listbox" aria-label="Search results">
        {props.hits.map((hit, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox takes the keys
          <div
            key={`${hit.kind}-${hit.id}`}
            id={`${listId}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === props.active}
            onPointerMove={() => props.onPoint(i)}
            onPointerDown={(e) => e.preventDefault()}
            onClick={() => props.onPick(hit)}
          >
            <span className="kind">{formatWord(hit.kind)}</span>
            <strong className="cut">{hit.title}</strong>
            <span className="sub cut">{hit.subtitle}</span>
          </div>
        ))}
      </div>
    </div>
  );
}

/** `/` from anywhere outside of a text, and Ctrl-K from everywhere, go to the search. */
function useSearchKey(input: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (e: globalThis.KeyboardEvent) => {
      const target = e.target as HTMLElement;
      const typing = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
      const slash = e.key === '/' && !typing && !e.ctrlKey && !e.metaKey && !e.altKey;
      const command = e.key.toLowerCase() === 'k' && (e.ctrlKey || e.metaKey);
      if (!slash && !command) return;
      e.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [input]);
}
