/** What happened, and what the customer wants to be told of. */
import { send } from '@openami/console/api.ts';
import { Button } from '@openami/console/ui/button.tsx';
import { TextField } from '@openami/console/ui/field.tsx';
import { Badge } from '@openami/console/ui/marks.tsx';
import { Panel } from '@openami/console/ui/panel.tsx';
import { ErrorBox, Ready } from '@openami/console/ui/states.tsx';
import type { AlertItem, MyAlerts, MyPoint } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import * as format from '../lib/format.ts';
import { alertsQuery, myQuery } from '../queries.ts';
import { pointName, usePoint } from '../shell/point.tsx';
import { useTitle } from '../shell/shell.tsx';

type Kind = AlertItem['kind'];

export function AlertsPage() {
  useTitle('Alerts');
  const { my, point } = usePoint();
  const query = useQuery(alertsQuery);
  const client = useQueryClient();
  const unseen = query.data?.alerts.some(({ seen }) => !seen) ?? false;
  useEffect(() => {
    // what is on the page was seen when it is left
    if (!unseen) return;
    return () => {
      void send('POST', '/api/v1/my/alerts/seen', { body: {} })
        .then(() => client.invalidateQueries({ queryKey: myQuery.queryKey }))
        .catch(() => undefined);
    };
  }, [unseen, client]);
  return (
    <div className="stack">
      <h1>Alerts</h1>
      <Ready query={query} what="your alerts">
        {(alerts) => (
          <>
            <Told alerts={alerts.alerts} points={my.points} />
            <Choices key={point.id} point={point} choices={alerts.choices} />
          </>
        )}
      </Ready>
    </div>
  );
}

function Told({
  alerts,
  points,
}: {
  readonly alerts: readonly AlertItem[];
  readonly points: readonly MyPoint[];
}) {
  if (alerts.length === 0)
    return (
      <Panel title="What happened">
        <p className="muted">Nothing that you wanted to be told of.</p>
      </Panel>
    );
  return (
    <Panel title="What happened" flush>
      <ul className="bill-lines">
        {alerts.map((alert) => {
          const point = points.find(({ id }) => id === alert.point);
          return (
            <li key={alert.id} className="tariff">
              <span className="grow">
                <span className="card-title">
                  {alertWords(alert, point)} {!alert.seen && <Badge tone="warn">new</Badge>}
                </span>
                <span className="muted">
                  {format.day(alert.day, 'full')}
                  {points.length > 1 && point && `, ${pointName(point)}`}
                </span>
              </span>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

const flowWord = (commodity: MyPoint['commodity'] | undefined) => (commodity === 'gas' ? 'Gas' : 'Water');

function alertWords({ kind, value, threshold, unit }: AlertItem, point: MyPoint | undefined): string {
  if (kind === 'leak')
    return `${flowWord(point?.commodity)} flowed for ${format.exact(value)} hours without a pause`;
  if (kind === 'budget')
    return `The month came to ${format.money(value, unit)}, more than ${format.money(threshold, unit)}`;
  return `${format.quantity(value, unit)} in a day, more than ${format.quantity(threshold, unit)}`;
}

function Choices({ point, choices }: { readonly point: MyPoint; readonly choices: MyAlerts['choices'] }) {
  const kinds: readonly Kind[] =
    point.commodity === 'water' || point.commodity === 'gas'
      ? ['leak', 'high-use', 'budget']
      : ['high-use', 'budget'];
  return (
    <Panel title="Tell me when …" note={pointName(point)}>
      {kinds.map((kind) => (
        <Choice
          key={kind}
          kind={kind}
          point={point}
          threshold={choices.find((one) => one.point === point.id && one.kind === kind)?.threshold}
        />
      ))}
      <p className="muted">
        Your readings are looked at once a day, after the day has ended. Alerts are shown here; by e-mail they
        will come later.
      </p>
    </Panel>
  );
}

const choiceWords: Readonly<
  Record<Kind, (point: MyPoint) => { label: string; usual: string; done: string }>
> = {
  'high-use': ({ tariff }) => ({
    label: `I use more in a day than (${format.unitWord(tariff?.unit ?? 'units')})`,
    usual: tariff?.unit === 'm3' ? '1' : '20',
    done: 'high use',
  }),
  leak: ({ commodity }) => ({
    label: `${flowWord(commodity)} flows without a pause for (hours)`,
    usual: '24',
    done: 'a flow without a pause',
  }),
  budget: ({ currency }) => ({
    label: `The month comes to more than (${currency ?? 'money'})`,
    usual: '100',
    done: 'the budget',
  }),
};

function Choice(props: {
  readonly kind: Kind;
  readonly point: MyPoint;
  readonly threshold: string | undefined;
}) {
  const { kind, point, threshold } = props;
  const { label, usual, done } = choiceWords[kind](point);
  const [value, setValue] = useState(threshold ?? '');
  const client = useQueryClient();
  const sending = useMutation({
    mutationFn: (next: string | null) =>
      send<MyAlerts>('PUT', '/api/v1/my/alerts', { body: { point: point.id, kind, threshold: next } }),
    onSuccess: (answer) => client.setQueryData(alertsQuery.queryKey, answer),
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const next = value.trim().replace(',', '.');
    if (next !== '') sending.mutate(next);
  };
  return (
    <form className="choice" onSubmit={submit}>
      <TextField
        label={label}
        inputMode="decimal"
        placeholder={usual}
        pattern="\d{1,9}([.,]\d{1,6})?"
        value={value}
        onChange={(e) => setValue(e.target.value)}
      />
      <div className="row">
        <Button type="submit" look="primary" busy={sending.isPending && 'Saving …'}>
          {threshold === undefined ? 'Tell me' : 'Change'}
        </Button>
        {threshold !== undefined && (
          <Button
            onClick={() => {
              setValue('');
              sending.mutate(null);
            }}
          >
            Do not tell me of {done}
          </Button>
        )}
      </div>
      {sending.error && <ErrorBox error={sending.error} what="save it" />}
    </form>
  );
}
