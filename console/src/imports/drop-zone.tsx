/** Drop a file, or choose one with the button. */
import { useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';

export function DropZone({ onFile }: { readonly onFile: (file: File) => void }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  return (
    <section
      className="drop"
      data-over={over}
      aria-label="Import a file"
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        e.preventDefault();
        setOver(false);
        const file = e.dataTransfer.files[0];
        if (file) onFile(file);
      }}
    >
      <Icon name="imports" size={28} />
      <strong>Drop a file with readings here</strong>
      <p>CSV in any usual shape, Green Button XML, NEM12 or NEM13; gzip is fine. You see a preview first.</p>
      <input
        ref={input}
        type="file"
        hidden
        aria-label="File to import"
        accept=".csv,.txt,.tsv,.xml,.gz,text/csv,application/xml"
        onChange={(e) => {
          const file = e.target.files?.[0];
          if (file) onFile(file);
          e.target.value = '';
        }}
      />
      <Button look="primary" icon="file" onClick={() => input.current?.click()}>
        Choose a file
      </Button>
    </section>
  );
}
