/** Firmware images: what there is, who signed it, and the upload of new ones. */
import type { FirmwareItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatBytes } from '../lib/format.ts';
import { imagesQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useSending } from '../ui/use-sending.ts';

export function ImagesPanel() {
  const query = useQuery(imagesQuery);
  const may = useMay('commands:policy');
  const [adding, setAdding] = useState(false);
  return (
    <Panel
      flush
      title="Firmware images"
      actions={
        may && (
          <Button icon="plus" onClick={() => setAdding(true)}>
            Add an image
          </Button>
        )
      }
    >
      <Ready query={query} what="images">
        {(images) => (
          <DataTable
            label="Firmware images"
            columns={columns}
            rows={images}
            rowKey={({ id }) => id}
            empty={
              <Empty icon="file" title="No image is here yet">
                {may ? 'Add the file that the manufacturer gave you.' : 'An administrator adds images.'}
              </Empty>
            }
          />
        )}
      </Ready>
      {adding && <ImageDialog onClose={() => setAdding(false)} />}
    </Panel>
  );
}

const columns: readonly Column<FirmwareItem>[] = [
  { name: 'Name', cell: ({ name }) => name },
  { name: 'Version', cell: ({ firmware }) => firmware },
  {
    name: 'For',
    cell: ({ manufacturer, model }) =>
      `${manufacturer} ${model}`.trim() || <span className="muted">any</span>,
  },
  { name: 'Size', num: true, cell: ({ bytes }) => formatBytes(bytes) },
  {
    name: 'Signed by',
    cell: ({ signedBy }) =>
      signedBy ? <Badge tone="good">{signedBy}</Badge> : <Badge tone="warn">nobody</Badge>,
  },
  { name: 'SHA-256', cell: ({ sha256 }) => <code title={sha256}>{sha256.slice(0, 12)}…</code> },
  { name: 'Added', cell: ({ createdAt }) => <Time at={createdAt} /> },
];

const blank = {
  ...{ name: '', firmware: '', identifier: '', manufacturer: '', model: '', sha256: '', signature: '' },
};

function ImageDialog({ onClose }: { readonly onClose: () => void }) {
  const [file, setFile] = useState<File>();
  const [about, setAbout] = useState(blank);
  const add = useSending({
    send: () => {
      // People copy signatures as plain base64.
      const signature = about.signature.trim().replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
      return send<FirmwareItem>('POST', '/api/v1/campaigns/images', {
        params: { ...about, signature },
        body: file,
      });
    },
    keys: ['images'],
    say: (image) => `Image “${image.name}” added`,
    onClose,
  });
  const field = (name: keyof typeof about) => ({
    value: about[name],
    onChange: (e: { target: { value: string } }) => setAbout({ ...about, [name]: e.target.value }),
  });
  return (
    <Dialog title="Add a firmware image" wide onClose={onClose}>
      <DialogForm action={add} what="add the image" button="Add image" busy="Sending …" onClose={onClose}>
        <TextField label="File" type="file" required onChange={(e) => setFile(e.target.files?.[0])} />
        <div className="option-grid">
          <TextField label="Name" required maxLength={200} {...field('name')} />
          <TextField
            label="Version"
            required
            maxLength={64}
            help="As meters tell it"
            {...field('firmware')}
          />
          <TextField
            label="Identifier"
            required
            pattern="([0-9a-fA-F]{2}){1,32}"
            help="What meters know it by, hexadecimal"
            {...field('identifier')}
          />
          <TextField label="Make" maxLength={100} {...field('manufacturer')} />
          <TextField label="Model" maxLength={100} {...field('model')} />
        </div>
        <TextField
          label="SHA-256"
          pattern="[0-9a-fA-F]{64}"
          help="As the manufacturer says; an image that differs is refused"
          {...field('sha256')}
        />
        <TextField
          label="Signature"
          maxLength={400}
          help="ECDSA, DER in base64, by a signer that the safety policy trusts"
          {...field('signature')}
        />
      </DialogForm>
    </Dialog>
  );
}
