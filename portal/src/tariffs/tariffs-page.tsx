/** What the own use of the last months would have cost on every tariff. */
import { Badge } from '@openami/console/ui/marks.tsx';
import { Panel } from '@openami/console/ui/panel.tsx';
import { Empty, Notice, Ready } from '@openami/console/ui/states.tsx';
import type { ComparedTariff, TariffComparison } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { type ComparedTime, comparedTime } from '../lib/compared.ts';
import * as format from '../lib/format.ts';
import { hasEnded } from '../lib/usage-view.ts';
import { tariffsQuery } from '../queries.ts';
import { usePoint } from '../shell/point.tsx';
import { useTitle } from '../shell/shell.tsx';

export function TariffsPage() {
  useTitle('Best tariff');
  const { my, point } = usePoint();
  const ended = hasEnded(point, my.now);
  const query = useQuery({ ...tariffsQuery(point.id), enabled: !ended });
  return (
    <div className="stack">
      <h1>Which tariff is best for you?</h1>
      {ended ? (
        <Empty title="This agreement has ended">Tariffs are compared while it runs.</Empty>
      ) : (
        <Ready query={query} what="the comparison: your readings are rated on every tariff">
          {(compared) => <Compared compared={compared} />}
        </Ready>
      )}
    </div>
  );
}

function Compared({ compared }: { readonly compared: TariffComparison }) {
  const rated = compared.tariffs.filter(({ total }) => total !== null);
  const time = comparedTime(compared);
  if (rated.length === 0 || time === undefined)
    return <Empty title="There is nothing to compare yet">It needs a whole month of readings.</Empty>;
  const best = rated[0]!;
  return (
    <>
      <Best best={best} time={time} />
      <Panel title="All tariffs" note={`your use of ${time.long}`} flush>
        <ul className="bill-lines">
          {compared.tariffs.map((one) => (
            <li key={one.tariff} className="tariff">
              <span className="grow">
                <span className="card-title">
                  {one.name || one.tariff} {one.isCurrent && <Badge tone="accent">yours now</Badge>}
                </span>
                <span className="muted">{noteOf(one)}</span>
              </span>
              <span className="card-value">{format.money(one.total, one.currency)}</span>
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title="What this stands on">
        <ul className="plain-list">
          <li>
            Your own readings of {time.long}: {time.span}.
          </li>
          {compared.assumptions.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      </Panel>
    </>
  );
}

function Best({ best, time }: { readonly best: ComparedTariff; readonly time: ComparedTime }) {
  if (best.isCurrent)
    return (
      <Notice tone="good" title="You have the best tariff">
        <p>With what you used, no other would have cost less.</p>
      </Notice>
    );
  if (best.saving === null)
    return (
      <Notice title={`“${best.name || best.tariff}” is the cheapest of those that can be worked out`}>
        <p>What you have now cannot be worked out from your readings.</p>
      </Notice>
    );
  return (
    <Notice tone="accent" title={`“${best.name || best.tariff}” would have cost less`}>
      <p>
        {format.money(best.saving, best.currency)} less in {time.long}, with the same use. Ask your utility to
        change.
      </p>
    </Notice>
  );
}

function noteOf({ needs, isCurrent, saving, currency }: ComparedTariff): string {
  if (needs.length > 0) return 'Cannot be worked out from your readings';
  if (isCurrent || saving === null) return '';
  const size = saving.replace('-', '');
  return Number(saving) === 0
    ? 'the same'
    : `${format.money(size, currency)} ${Number(saving) > 0 ? 'less' : 'more'}`;
}
