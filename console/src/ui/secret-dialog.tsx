/** What the server shows this once: to be copied or downloaded before the dialog is closed. */
import { useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Notice } from './states.tsx';

export interface Secret {
  readonly label: string;
  readonly value: string;
  /** Offered as a file of this name, too; its text is not shown: it is long. */
  readonly file?: string;
}

export function SecretDialog(props: {
  readonly title: string;
  readonly secrets: readonly Secret[];
  /** What to do with it. */
  readonly note?: string;
  readonly onClose: () => void;
}) {
  const { secrets, note = 'Only its hash is stored. Copy it now to where it is used.' } = props;
  return (
    <Dialog title={props.title} onClose={props.onClose} closable={false}>
      <Notice tone="warn" title="Shown this once">
        <p>{note}</p>
      </Notice>
      {secrets.map((secret) => (
        <SecretRow key={secret.label} {...secret} named={secrets.length > 1} />
      ))}
      <div className="dialog-actions">
        <Button look="primary" onClick={props.onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}

function SecretRow({ label, value, file, named }: Secret & { readonly named: boolean }) {
  const [done, setDone] = useState(false);
  const of = named ? label : undefined;
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setDone(true);
  };
  return (
    <div className="secret">
      {named && <strong>{label}</strong>}
      {file === undefined ? <code className="grow">{value}</code> : <span className="grow">{file}</span>}
      {file !== undefined && (
        <Button icon="download" aria-label={of && `Download ${of}`} onClick={() => download(file, value)}>
          Download
        </Button>
      )}
      {'clipboard' in navigator && (
        <Button
          icon={done ? 'check' : 'copy'}
          aria-label={of && `${done ? 'Copied' : 'Copy'} ${of}`}
          onClick={() => void copy()}
        >
          {done ? 'Copied' : 'Copy'}
        </Button>
      )}
    </div>
  );
}

/** Saves a text as a file of this name. */
export function download(file: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/x-pem-file' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
