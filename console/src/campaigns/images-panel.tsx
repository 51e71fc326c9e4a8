/** Firmware images: what there is, who signed it, and the upload of new ones. */
import type { FirmwareItem } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { send } from '../api.ts';
import { formatBytes } from '../lib/format.ts';
import { imagesQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, ErrorBox, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toast } from '../ui/toast.tsx';

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
        {(images) =>
          images.length === 0 ? (
            <Empty icon="file" title="No image is here yet">
              {may ? 'Add the file that the manufacturer gave you.' : 'An administrator adds images.'}
            </Empty>
          ) : (
            <ImageTable images={images} />
          )
        }
      </Ready>
      {adding && <ImageDialog onClose={() => setAdding(false)} />}
    </Panel>
  );
}

function ImageTable({ images }: { readonly images: readonly FirmwareItem[] }) {
  return (
    <ScrollBox label="Firmware images">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Version</th>
            <th scope="col">For</th>
            <th scope="col" className="num">
              Size
            </th>
            <th scope="col">Signed by</th>
            <th scope="col">SHA-256</th>
            <th scope="col">Added</th>
          </tr>
        </thead>
        <tbody>
          {images.map((image) => (
            <tr key={image.id}>
              <td>{image.name}</td>
              <td>{image.firmware}</td>
              <td>{`${image.manufacturer} ${image.model}`.trim() || <span className="muted">any</span>}</td>
              <td className="num">{formatBytes(image.bytes)}</td>
              <td>
                {image.signedBy ? (
                  <Badge tone="good">{image.signedBy}</Badge>
                ) : (
                  <Badge tone="warn">nobody</Badge>
                )}
              </td>
              <td title={image.sha256}>
                <code>{image.sha256.slice(0, 12)}…</code>
              </td>
              <td>
                <Time at={image.createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

const blank = {
  ...{ name: '', firmware: '', identifier: '', manufacturer: '', model: '', sha256: '', signature: '' },
};

function ImageDialog({ onClose }: { readonly onClose: () => void }) {
  const [file, setFile] = useState<File>();
  const [about, setAbout] = useState(blank);
  const client = useQueryClient();
  const fileId = useId();
  const add = useMutation({
    mutationFn: () => {
      // People copy signatures as plain base64.
      const signature = about.signature.trim().replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
      return send<FirmwareItem>('POST', '/api/v1/campaigns/images', {
        params: { ...about, signature },
        body: file,
      });
    },
    onSuccess: async (image) => {
      await client.invalidateQueries({ queryKey: ['images'] });
      toast('good', `Image “${image.name}” added`);
      onClose();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (file && !add.isPending) add.mutate();
  };
  const field = (name: keyof typeof about) => ({
    value: about[name],
    onChange: (e: { target: { value: string } }) => setAbout({ ...about, [name]: e.target.value }),
  });
  return (
    <Dialog title="Add a firmware image" wide onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <div className="field">
          <label htmlFor={fileId}>File</label>
          <input
            id={fileId}
            className="input"
            type="file"
            required
            onChange={(e) => setFile(e.target.files?.[0])}
          />
        </div>
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
        {add.error && <ErrorBox error={add.error} what="add the image" />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={add.isPending && 'Sending …'}>
            Add image
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
