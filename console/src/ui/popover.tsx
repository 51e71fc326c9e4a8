/** A button that opens a small box below it; Escape and a click elsewhere close it. */
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Icon, type IconName } from './icon.tsx';

export function Popover(props: {
  readonly label: string;
  readonly icon?: IconName;
  /** Show only the icon. */
  readonly bare?: boolean;
  readonly side?: 'left' | 'right';
  readonly children: (close: () => void) => ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    const outside = (e: PointerEvent) => {
      if (!root.current?.contains(e.target as Node)) setOpen(false);
    };
    const onKey = (e: KeyboardEvent) => {
      if (e.key !== 'Escape') return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('keydown', onKey);
    };
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div className="popover-anchor" ref={root}>
      <button
        ref={button}
        type="button"
        className={props.bare ? 'icon-button' : 'button'}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={props.bare ? props.label : undefined}
        title={props.bare ? props.label : undefined}
        onClick={() => setOpen(!open)}
      >
        {props.icon && <Icon name={props.icon} />}
        {!props.bare && props.label}
        {!props.bare && <Icon name="down" size={12} />}
      </button>
      {open && (
        <div className="popover" id={id} data-side={props.side}>
          {props.children(close)}
        </div>
      )}
    </div>
  );
}
