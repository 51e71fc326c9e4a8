/** Buttons. A busy button keeps its words and its focus, and says that it works. */
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

type Look = 'plain' | 'primary' | 'quiet' | 'danger';

export function Button(
  props: ButtonHTMLAttributes<HTMLButtonElement> & {
    readonly look?: Look;
    readonly icon?: IconName;
    readonly busy?: string | false;
    readonly children: ReactNode;
  },
) {
  const { look = 'plain', icon, busy = false, children, onClick, type = 'button', ...rest } = props;
  return (
    <button
      {...rest}
      type={type}
      className="button"
      data-look={look}
      aria-disabled={busy ? true : undefined}
      onClick={busy ? (e) => e.preventDefault() : onClick}
    >
      {icon && <Icon name={icon} />}
      {busy || children}
    </button>
  );
}

export function IconButton(
  props: ButtonHTMLAttributes<HTMLButtonElement> & { readonly icon: IconName; readonly label: string },
) {
  const { icon, label, className = '', ...rest } = props;
  return (
    <button {...rest} type="button" className={`icon-button ${className}`} aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  );
}

/** One of a few: a row of buttons of which one is pressed. */
export function Segmented<T extends string>(props: {
  readonly label: string;
  readonly value: T | undefined;
  readonly options: readonly { readonly value: T; readonly label: string; readonly icon?: IconName }[];
  readonly onChange: (value: T) => void;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out inline everywhere
    <div className="segmented" role="group" aria-label={props.label}>
      {props.options.map((o) => (
        <button
          key={o.value}
          type="button"
          aria-pressed={o.value === props.value}
          onClick={() => props.onChange(o.value)}
        >
          {o.label}
        </button>
      ))}
    </div>
  );
}
