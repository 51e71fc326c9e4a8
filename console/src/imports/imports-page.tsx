/** Imports: choose a file, see what it holds, run it, and read the report. Past imports stay listed. */
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Notice } from '../ui/states.tsx';
import { DropZone } from './drop-zone.tsx';
import { ImportList } from './import-list.tsx';
import { ImportReport } from './import-report.tsx';
import { PreviewPanel } from './preview-panel.tsx';

const route = getRouteApi('/imports');

export function ImportsPage() {
  useTitle('Imports');
  const { job } = route.useSearch();
  const navigate = route.useNavigate();
  const [file, setFile] = useState<File>();
  const may = useMay('imports:write');
  const openJob = (id: number | undefined) => {
    setFile(undefined);
    void navigate({ search: { job: id === undefined ? undefined : String(id) } });
  };
  return (
    <>
      <PageHead
        title="Imports"
        note="CSV, Green Button and NEM12 files. Importing a file twice changes nothing."
      />
      <div className="stack" style={{ gap: '0.75rem' }}>
        {job && !file && <ImportReport id={Number(job)} onClose={() => openJob(undefined)} />}
        {may && file && (
          <PreviewPanel
            key={`${file.name} ${file.size} ${file.lastModified}`}
            file={file}
            onCancel={() => setFile(undefined)}
            onStarted={(id) => openJob(id)}
          />
        )}
        {may && !file && <DropZone onFile={setFile} />}
        {!may && (
          <Notice tone="neutral" title="You can read imports, but not start them">
            <p>Starting one needs the role operator or admin.</p>
          </Notice>
        )}
        <ImportList open={job ? Number(job) : undefined} onOpen={openJob} />
      </div>
    </>
  );
}
