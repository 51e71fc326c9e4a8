/** A dialog that asks why: a reason is required, and the last ones are a click away. */
import { type ComponentProps, useEffect, useRef } from 'react';
import { isReason } from '../lib/reasons.ts';
import { Dialog } from './dialog.tsx';
import { DialogForm } from './dialog-form.tsx';
import { ReasonInput } from './reason-input.tsx';
import type { Why } from './use-reason.ts';

export function ReasonDialog({
  title,
  why,
  children,
  ready = true,
  ...form
}: ComponentProps<typeof DialogForm> & { readonly title: string; readonly why: Why }) {
  return (
    <Dialog title={title} onClose={form.onClose}>
      <DialogForm {...form} ready={ready && isReason(why.reason)}>
        {children}
        <ReasonField why={why} />
      </DialogForm>
    </Dialog>
  );
}

function ReasonField({ why: { reason, setReason, offers } }: { readonly why: Why }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  return (
    <div className="stack" style={{ gap: '0.25rem' }}>
      <ReasonInput
        help="It is kept. Enter confirms."
        ref={input}
        data-first
        value={reason}
        onValue={setReason}
      />
      {offers.length > 0 && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out inline everywhere
        <div className="chips" role="group" aria-label="Reasons used before">
          {offers.map((offer) => (
            <button
              key={offer}
              type="button"
              className="chip"
              aria-pressed={offer === reason}
              onClick={() => {
                setReason(offer);
                input.current?.focus();
              }}
            >
              {offer}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
