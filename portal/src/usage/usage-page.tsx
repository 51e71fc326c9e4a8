/** Usage from the year down to the intervals of a day, in quantity or money, beside the time before. */
import { Bars, Legend } from '@openami/console/ui/bars.tsx';
import { IconButton, Segmented } from '@openami/console/ui/button.tsx';
import { type Face, FaceSwitch } from '@openami/console/ui/chart-table.tsx';
import { Panel } from '@openami/console/ui/panel.tsx';
import { Empty, Ready } from '@openami/console/ui/states.tsx';
import type { MyUsage } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import * as format from '../lib/format.ts';
import {
  before,
  dateOf,
  deeper,
  likeBars,
  type Measure,
  moved,
  rangeOf,
  type Shown,
  summary,
  title,
  type View,
} from '../lib/usage-view.ts';
import { usageQuery } from '../queries.ts';
import { usePoint } from '../shell/point.tsx';
import { useTitle } from '../shell/shell.tsx';
import { chartOf } from './usage-chart.ts';
import { UsageTable } from './usage-table.tsx';

const route = getRouteApi('/usage');

export function UsagePage() {
  const { my, point } = usePoint();
  const search = route.useSearch();
  const navigate = useNavigate();
  const today = dateOf({ start: my.now }, point.zone);
  const shown: Shown = { view: search.view ?? 'month', at: search.at ?? today };
  const measure: Measure = search.show === 'cost' ? 'cost' : 'usage';
  const face: Face = search.as === 'table' ? 'table' : 'chart';
  useTitle(`Usage, ${title(shown)}`);
  const range = rangeOf(shown);
  const query = useQuery(usageQuery(point.id, range));
  const past = useQuery(usageQuery(point.id, rangeOf(before(shown))));
  const go = (next: Partial<Shown> & { measure?: Measure; face?: Face }) => {
    const cost = (next.measure ?? measure) === 'cost';
    const table = (next.face ?? face) === 'table';
    void navigate({
      to: '/usage',
      search: {
        ...{ view: next.view ?? shown.view, at: next.at ?? shown.at },
        ...(cost && { show: 'cost' as const }),
        ...(table && { as: 'table' as const }),
      },
    });
  };
  return (
    <div className="stack">
      <h1>Usage</h1>
      <div className="usage-choices">
        <Segmented<View>
          label="Shown"
          value={shown.view}
          options={[
            { value: 'year', label: 'Year' },
            { value: 'month', label: 'Month' },
            { value: 'day', label: 'Day' },
          ]}
          onChange={(view) => go({ view })}
        />
        <Segmented<Measure>
          label="In"
          value={measure}
          options={[
            { value: 'usage', label: 'Quantity' },
            { value: 'cost', label: 'Money' },
          ]}
          onChange={(next) => go({ measure: next })}
        />
        <FaceSwitch label="Usage" face={face} onChange={(next) => go({ face: next })} />
      </div>
      <Panel title={title(shown)} actions={<Steps shown={shown} last={range.to > today} onGo={go} />}>
        <Ready query={query} what="your usage">
          {(usage) => (
            <Content
              {...{ usage, shown, measure, face, today }}
              past={past.data}
              onOpen={(date) => {
                const next = deeper(shown, date);
                if (next) go(next);
              }}
            />
          )}
        </Ready>
      </Panel>
    </div>
  );
}

function Steps(props: {
  readonly shown: Shown;
  readonly last: boolean;
  readonly onGo: (next: Shown) => void;
}) {
  return (
    <>
      <IconButton
        icon="right"
        className="turned"
        label={`The ${props.shown.view} before`}
        onClick={() => props.onGo(moved(props.shown, -1))}
      />
      <IconButton
        icon="right"
        label={`The next ${props.shown.view}`}
        disabled={props.last}
        onClick={() => props.onGo(moved(props.shown, 1))}
      />
    </>
  );
}

function Content(props: {
  readonly usage: MyUsage;
  readonly past: MyUsage | undefined;
  readonly shown: Shown;
  readonly measure: Measure;
  readonly face: Face;
  readonly today: string;
  readonly onOpen: (date: string) => void;
}) {
  const { usage, past, shown, measure, face, today } = props;
  if (usage.bars.length === 0)
    return (
      <Empty title="Nothing to show">
        {usage.note ||
          (shown.view === 'day'
            ? 'Your meter tells how it stands, not when it was used: the month has what each day came to.'
            : 'There are no readings of this time.')}
      </Empty>
    );
  if (measure === 'cost' && usage.currency === null)
    return <Empty title="The cost is not known">Your utility has to complete your tariff first.</Empty>;
  const like = past ? likeBars(usage.bars, past.bars, shown, usage.zone) : [];
  const words = summary(usage, past, shown, measure, today);
  const chart = chartOf(usage, like, shown, measure);
  const standing =
    shown.view === 'day' && measure === 'cost'
      ? 'Standing charges and peaks are not part of an interval.'
      : '';
  return (
    <>
      <p className="usage-summary">{words}</p>
      {face === 'table' ? (
        <UsageTable usage={usage} like={like} shown={shown} onOpen={props.onOpen} />
      ) : (
        <>
          <Bars
            title={`Usage, ${title(shown)}${shown.view === 'day' ? '' : '; Enter opens a bar'}`}
            parts={chart.parts}
            bars={chart.bars}
            height={220}
            formatTick={(value) =>
              measure === 'cost' ? format.about(value, usage.currency) : format.quantity(value, '')
            }
            rest={shown.view === 'day' ? 'Point at a bar to read it.' : 'Choose a bar to look closer.'}
            onOpen={(key) => props.onOpen(dateOf({ start: key }, usage.zone))}
          />
          <Legend parts={chart.legend} />
          {past && past.bars.length > 0 && (
            <p className="muted">
              <span className="mark-swatch" aria-hidden="true" /> A line across a bar: {title(before(shown))}
            </p>
          )}
        </>
      )}
      {standing && <p className="muted">{standing}</p>}
      {usage.note && (
        <p className="muted">The cost is not known: your utility has to complete your tariff.</p>
      )}
    </>
  );
}
