/** The codecs there are, switched on and off. */
import type { CodecItem } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCount } from '../lib/format.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, ErrorBox, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { codecsQuery } from './queries.ts';
import { UploadDialog } from './upload-dialog.tsx';

const columns: readonly Column<CodecItem>[] = [
  { name: 'Codec', cell: ({ id }) => <strong>{id}</strong> },
  { name: 'Version', num: true, cell: ({ version }) => version },
  { name: 'Of', cell: ({ vendor, models }) => `${vendor} ${models.join(', ')}` },
  {
    name: 'State',
    cell: ({ enabled }) => <Badge tone={enabled ? 'good' : 'warn'}>{enabled ? 'on' : 'off'}</Badge>,
  },
  { name: 'Examples', num: true, cell: ({ examples }) => formatCount(examples) },
  { name: 'Devices', num: true, cell: ({ devices }) => formatCount(devices) },
  {
    name: 'Uploaded',
    cell: ({ uploaded, uploadedBy }) => (
      <>
        <Time at={uploaded} /> {uploadedBy}
      </>
    ),
  },
];

export function CodecsPanel() {
  const may = useMay('meters:write');
  const query = useQuery(codecsQuery);
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const change = useMutation({
    mutationFn: ({ id, enabled }: CodecItem) =>
      send<CodecItem>('POST', '/api/v1/lorawan/codecs/enabled', { body: { id, enabled: !enabled } }),
    onSuccess: () => client.invalidateQueries(),
  });
  const action: Column<CodecItem> = {
    ...{ name: 'Action', quiet: true, num: true },
    cell: (codec) => (
      <Button
        onClick={() => change.mutate(codec)}
        aria-label={`Switch ${codec.enabled ? 'off' : 'on'} ${codec.id}`}
      >
        {codec.enabled ? 'Switch off' : 'Switch on'}
      </Button>
    ),
  };
  return (
    <Panel
      title="Codecs"
      flush
      actions={may && <Button onClick={() => setAsked(true)}>Upload a codec …</Button>}
    >
      {change.error != null && <ErrorBox error={change.error} what="switch the codec" />}
      <Ready query={query} what="the codecs">
        {({ items }) => (
          <DataTable
            label="Codecs"
            columns={may ? [...columns, action] : columns}
            rows={items}
            rowKey={({ id }) => id}
            empty={<Empty icon="unknown" title="There is no codec yet" />}
          />
        )}
      </Ready>
      {asked && <UploadDialog onClose={() => setAsked(false)} />}
    </Panel>
  );
}
