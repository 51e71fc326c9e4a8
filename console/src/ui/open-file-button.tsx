/** Opens a file of the reader's machine as text. */
import { useRef } from 'react';
import { Button } from './button.tsx';
import { toast } from './toast.tsx';

const MOST_BYTES = 10_000_000;

export function OpenFileButton(props: { readonly accept: string; readonly onText: (text: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const open = (file: File | undefined) => {
    if (!file) return;
    if (file.size > MOST_BYTES) toast('bad', `${file.name} is larger than 10 MB`);
    else void file.text().then(props.onText);
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        aria-label="File to open"
        accept={props.accept}
        onChange={(e) => {
          open(e.target.files?.[0]);
          e.target.value = '';
        }}
      />
      <Button icon="file" onClick={() => input.current?.click()}>
        Open a file
      </Button>
    </>
  );
}
