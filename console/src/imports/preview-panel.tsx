/** What the server makes of the file, the mapping to correct it, and the button that runs it. */
import type { ImportJob, ImportPreview } from '@openami/server/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useReducer, useState } from 'react';
import { newKey, send } from '../api.ts';
import { formatBytes } from '../lib/format.ts';
import { initialMapping, mappingProblems, mappingToSend, reduceMapping } from '../lib/mapping.ts';
import { useSiteClock } from '../site.tsx';
import { Button } from '../ui/button.tsx';
import { Check, SelectField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { ErrorBox, Loading, Notice } from '../ui/states.tsx';
import { MappingOptions, PreviewTable } from './mapping-editor.tsx';
import { SeriesPreview } from './series-preview.tsx';

const sampleBytes = 1_000_000;
const formatNames: Record<string, string> = { csv: 'CSV', greenbutton: 'Green Button', nem12: 'NEM12' };

export function PreviewPanel(props: {
  readonly file: File;
  readonly onCancel: () => void;
  readonly onStarted: (jobId: number) => void;
}) {
  const { file } = props;
  const preview = useQuery({
    queryKey: ['preview', file.name, file.size, file.lastModified],
    queryFn: ({ signal }) =>
      send<ImportPreview>('POST', '/api/v1/imports/preview', {
        params: { name: file.name },
        body: file.slice(0, sampleBytes),
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return (
    <Panel
      title={file.name}
      note={formatBytes(file.size)}
      actions={
        <Button look="quiet" icon="close" onClick={props.onCancel}>
          Choose another file
        </Button>
      }
    >
      {preview.error && (
        <ErrorBox error={preview.error} what="read this file" onRetry={() => void preview.refetch()} />
      )}
      {preview.isPending && <Loading what="a preview of the file" />}
      {preview.data && <PreviewForm {...props} preview={preview.data} />}
    </Panel>
  );
}

interface Options {
  readonly registerMissing: boolean;
  readonly dryRun: boolean;
  readonly commodity: string;
}

function PreviewForm(props: {
  readonly file: File;
  readonly preview: ImportPreview;
  readonly onCancel: () => void;
  readonly onStarted: (jobId: number) => void;
}) {
  const { file, preview } = props;
  const { zone } = useSiteClock();
  const csv = preview.format === 'csv';
  const [mapping, dispatch] = useReducer(reduceMapping, preview, (p) => initialMapping(p.columns, p.mapping));
  const [options, setOptions] = useState<Options>({ registerMissing: false, dryRun: false, commodity: '' });
  const [key] = useState(newKey);
  const problems = csv ? mappingProblems(mapping) : [];
  const run = useMutation({
    mutationFn: () =>
      send<ImportJob>('POST', '/api/v1/imports', {
        params: {
          name: file.name,
          format: preview.format,
          mapping: csv ? JSON.stringify(mappingToSend(mapping)) : undefined,
          zone,
          commodity: options.commodity || undefined,
          dryRun: options.dryRun || undefined,
          registerMissing: options.registerMissing || undefined,
        },
        body: file,
        idempotencyKey: key,
      }),
    onSuccess: (job) => props.onStarted(job.id),
  });
  useLeaveGuard(run.isPending);
  return (
    <div className="stack">
      <p>
        Detected format: <strong>{formatNames[preview.format] ?? preview.format}</strong>
      </p>
      {preview.warnings.length > 0 && (
        <Notice tone="warn" title="Look at this before you import">
          <ul>
            {preview.warnings.map((w) => (
              <li key={w}>{w}</li>
            ))}
          </ul>
        </Notice>
      )}
      {csv && <MappingOptions state={mapping} dispatch={dispatch} />}
      {csv ? (
        <PreviewTable preview={preview} state={mapping} dispatch={dispatch} />
      ) : (
        <SeriesPreview preview={preview} />
      )}
      <RunOptions options={options} onChange={setOptions} />
      {problems.length > 0 && (
        <Notice tone="warn" role="status" title="The import cannot run yet">
          <ul>
            {problems.map((p) => (
              <li key={p}>{p}</li>
            ))}
          </ul>
        </Notice>
      )}
      {run.error && <ErrorBox error={run.error} what="start the import" />}
      <div className="row">
        <Button
          look="primary"
          disabled={problems.length > 0}
          busy={run.isPending && `Sending ${formatBytes(file.size)} …`}
          onClick={() => run.mutate()}
        >
          {options.dryRun ? 'Try the import' : 'Import'}
        </Button>
        <Button onClick={props.onCancel}>Cancel</Button>
      </div>
    </div>
  );
}

function RunOptions(props: { readonly options: Options; readonly onChange: (options: Options) => void }) {
  const { options, onChange } = props;
  return (
    <div className="row" style={{ gap: '0.5rem 1.5rem', alignItems: 'end' }}>
      <SelectField
        label="Commodity of unknown meters"
        value={options.commodity}
        onChange={(e) => onChange({ ...options, commodity: e.target.value })}
      >
        <option value="">As the file says</option>
        <option value="electricity">Electricity</option>
        <option value="gas">Gas</option>
        <option value="water">Water</option>
        <option value="heat">Heat</option>
      </SelectField>
      <div>
        <Check
          label="Register unknown meters and channels"
          checked={options.registerMissing}
          onChange={(registerMissing) => onChange({ ...options, registerMissing })}
        />
        <Check
          label="Try only: check every line, store nothing"
          checked={options.dryRun}
          onChange={(dryRun) => onChange({ ...options, dryRun })}
        />
      </div>
    </div>
  );
}

/** Leaving the page in the middle of an upload would cut it off. */
function useLeaveGuard(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const guard = (e: BeforeUnloadEvent) => e.preventDefault();
    addEventListener('beforeunload', guard);
    return () => removeEventListener('beforeunload', guard);
  }, [active]);
}
