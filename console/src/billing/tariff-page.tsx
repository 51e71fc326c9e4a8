/** One tariff: its versions with their calendars, a test bill, and a new version being written. */
import type { TariffDetail, TariffVersionItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { usePeople } from '../commands/words.tsx';
import type { Data } from '../lib/data.ts';
import { formatCounted, formatDay } from '../lib/format.ts';
import { writeText } from '../lib/places.ts';
import { readable } from '../lib/tariff-text.ts';
import { dayOf, dayText } from '../lib/zone.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { useSiteClock } from '../site.tsx';
import { Button } from '../ui/button.tsx';
import { type Form, FormSwitch } from '../ui/form-switch.tsx';
import { Breadcrumb } from '../ui/item-page.tsx';
import { Badge } from '../ui/marks.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { tariffQuery, tariffVersionQuery } from './queries.ts';
import { Schedules } from './schedule-chart.tsx';
import { TariffEditor } from './tariff-editor.tsx';
import { TestBillPanel } from './test-bill-panel.tsx';
import { TariffOf } from './words.tsx';

const route = getRouteApi('/tariffs/$code');

export function TariffPage() {
  const { code } = route.useParams();
  const query = useQuery(tariffQuery(code));
  useTitle(`Tariff ${code}`);
  return (
    <Ready query={query} what="the tariff">
      {(tariff) => <Tariff key={tariff.code} tariff={tariff} />}
    </Ready>
  );
}

function Tariff({ tariff }: { readonly tariff: TariffDetail }) {
  const [start, setStart] = useState<Data>();
  const may = useMay('billing:tariffs');
  const { zone, nowMs } = useSiteClock();
  const begin = (document: Data) => {
    const tomorrow = dayText(dayOf(zone, nowMs() / 1_000) + 1);
    const { effectiveTo: _to, effectiveFrom: _from, ...rest } = document;
    setStart(readable({ effectiveFrom: tomorrow, ...rest }));
  };
  const close = () => setStart(undefined);
  return (
    <>
      <Breadcrumb here={tariff.code}>
        <Link to="/tariffs">Tariffs</Link>
      </Breadcrumb>
      <PageHead
        title={tariff.name || tariff.code}
        marks={<TariffOf tariff={tariff} />}
        note={
          `${formatCounted(tariff.agreements, 'agreement')} on it today, ` +
          (tariff.zone ? `clock of ${tariff.zone}` : 'clock of each usage point')
        }
      />
      {start ? (
        <TariffEditor tariff={tariff} start={start} onClose={close} onSaved={close} />
      ) : (
        <div className="tariff-layout">
          <Versions tariff={tariff} onBegin={may ? begin : undefined} />
          <TestBillPanel tariff={tariff.code} />
        </div>
      )}
    </>
  );
}

function Versions(props: {
  readonly tariff: TariffDetail;
  readonly onBegin: ((document: Data) => void) | undefined;
}) {
  const { tariff } = props;
  const [form, setForm] = useState<Form>('yaml');
  const newest = [...tariff.versionList].sort((a, b) => b.number - a.number);
  return (
    <Panel
      flush
      title="Versions"
      note="once saved, a version never changes"
      actions={<FormSwitch form={form} onForm={setForm} />}
    >
      <ul className="rule-list">
        {newest.map((version, place) => (
          <li key={version.number}>
            <Version
              code={tariff.code}
              version={version}
              form={form}
              open={place === 0}
              onBegin={props.onBegin}
            />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Version(props: {
  readonly code: string;
  readonly version: TariffVersionItem;
  readonly form: Form;
  readonly open: boolean;
  readonly onBegin: ((document: Data) => void) | undefined;
}) {
  const { version } = props;
  const nameOf = usePeople();
  const [open, setOpen] = useState(props.open);
  return (
    <details open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>
        <strong>Version {version.number}</strong>
        {version.label && version.label !== props.code && <Badge>{version.label}</Badge>}
        <span>{forceWords(version)}</span>
        <span className="grow muted">{version.note}</span>
        <span className="muted small">
          {nameOf('', version.createdBy)}, <Time at={version.createdAt} />
        </span>
      </summary>
      {open && <Content {...props} />}
    </details>
  );
}

function forceWords({ effectiveFrom, effectiveTo }: TariffVersionItem): string {
  const from = effectiveFrom ? `from ${formatDay(effectiveFrom, 'long')}` : 'from the beginning';
  return effectiveTo ? `${from} to before ${formatDay(effectiveTo, 'long')}` : from;
}

function Content(props: Parameters<typeof Version>[0]) {
  const { onBegin } = props;
  const query = useQuery(tariffVersionQuery(props.code, props.version.number));
  return (
    <div className="rule-body">
      <Ready query={query} what="the version">
        {({ document, schedules }) => (
          <>
            {onBegin && (
              <div>
                <Button onClick={() => onBegin(document)}>Begin a new version with it</Button>
              </div>
            )}
            <Schedules schedules={schedules} />
            <h3>As it is written</h3>
            <Written text={writeText(readable(document), props.form)} />
          </>
        )}
      </Ready>
    </div>
  );
}

function Written({ text }: { readonly text: string }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
  return <pre tabIndex={0}>{text}</pre>;
}
