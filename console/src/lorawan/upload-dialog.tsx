/** A codec from a file: its examples are run, and what they give otherwise is shown. */
import type { CodecItem } from '@openami/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AreaField } from '../ui/field.tsx';
import { toast } from '../ui/toast.tsx';

/** What is wrong with a text as JSON; undefined for nothing. */
function faultOf(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

export function UploadDialog({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const client = useQueryClient();
  const fault = text.trim() === '' ? undefined : faultOf(text);
  const upload = useMutation({
    mutationFn: () => send<CodecItem>('POST', '/api/v1/lorawan/codecs', { body: JSON.parse(text) }),
    onSuccess: async ({ id, version, examples }) => {
      toast('good', `${id} is here`, `Version ${version}; examples that hold: ${examples}.`);
      await client.invalidateQueries();
      onClose();
    },
  });
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    setText(await file.text());
    upload.reset();
  };
  return (
    <Dialog title="Upload a codec" onClose={onClose}>
      <DialogForm
        action={upload}
        what="take the codec"
        ready={text.trim() !== '' && fault === undefined}
        button="Upload"
        busy="Running its examples …"
        onClose={onClose}
      >
        <p className="muted">
          A codec is JSON: a script, examples that are its tests, and what its fields mean. It is taken when
          all examples give what they say. The same id again is a new version.
        </p>
        <input
          type="file"
          accept=".json,application/json"
          aria-label="File of the codec"
          onChange={(e) => void take(e.target.files?.[0])}
        />
        <AreaField
          label="Codec"
          rows={12}
          spellCheck={false}
          error={fault}
          value={text}
          onChange={(e) => {
            setText(e.target.value);
            upload.reset();
          }}
        />
      </DialogForm>
    </Dialog>
  );
}
