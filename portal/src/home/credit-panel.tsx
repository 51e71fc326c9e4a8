/** What is left of prepaid credit, what happens when nothing is, and how to pay. */
import { Panel } from '@openami/console/ui/panel.tsx';
import { Notice, Ready, type Tone } from '@openami/console/ui/states.tsx';
import type { MyPoint, MyPrepay } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import * as format from '../lib/format.ts';
import { prepayQuery } from '../queries.ts';
import { Figure } from './figure.tsx';

export function CreditPanel({ point }: { readonly point: MyPoint }) {
  const query = useQuery(prepayQuery(point.id));
  return (
    <Ready query={query} what="your credit">
      {(prepay) => (
        <>
          <Standing prepay={prepay} />
          <Panel title="Your credit">
            <div className="figures">
              <Figure
                name="Left"
                value={format.money(prepay.balance, prepay.currency)}
                note={leftWords(prepay)}
              />
              {Number(prepay.debt) > 0 && (
                <Figure name="Old debt" value={format.money(prepay.debt, prepay.currency)} note={debtNote} />
              )}
            </div>
            <p className="muted">
              To pay, name <strong>{prepay.payFor}</strong> at any place that takes payments for your utility.
              {prepay.chargedThrough &&
                ` Your usage is charged up to ${format.dayAndClock(prepay.chargedThrough, point.zone)}.`}
            </p>
            <History prepay={prepay} zone={point.zone} />
          </Panel>
        </>
      )}
    </Ready>
  );
}

const debtNote = 'a share of each payment pays it off';

function leftWords({ balance, unitsLeft, unit, daysLeft }: MyPrepay): string | undefined {
  if (Number(balance) <= 0) return undefined;
  const days = daysLeft === null ? undefined : daysWords(daysLeft);
  const units = unitsLeft === null ? undefined : `about ${format.quantity(unitsLeft, unit)}`;
  return [units, days].filter((one) => one !== undefined).join(', ') || undefined;
}

function daysWords(days: number): string {
  if (days < 1) return 'less than a day as you use it';
  const whole = Math.floor(days);
  return `${whole} ${whole === 1 ? 'day' : 'days'} as you use it`;
}

/** What a customer has to know before anything else; nothing where there is enough credit. */
function Standing({ prepay }: { readonly prepay: MyPrepay }) {
  const found = standingOf(prepay);
  if (found === undefined) return null;
  return (
    <Notice tone={found.tone} title={found.title} role={found.tone === 'bad' ? 'alert' : 'status'}>
      <p>{found.words}</p>
    </Notice>
  );
}

function standingOf(
  prepay: MyPrepay,
): { readonly tone: Tone; readonly title: string; readonly words: string } | undefined {
  const money = (amount: string) => format.money(amount, prepay.currency);
  const least = money(prepay.leastPayment);
  switch (prepay.state) {
    case 'in_credit':
      return undefined;
    case 'low':
      return { tone: 'warn', title: 'Your credit is low', words: 'Pay in before it runs out.' };
    case 'emergency':
      return {
        ...{ tone: 'warn', title: 'You are using emergency credit' },
        words: `${money(prepay.lent)} was lent to you; your next payment gives it back first.`,
      };
    case 'out':
      return {
        ...{ tone: 'bad', title: 'Your credit is used up' },
        words: prepay.protected
          ? 'You are protected: your supply stays on. What you use is owed all the same.'
          : `Your supply may be switched off. Pay at least ${least} to stay on.`,
      };
    case 'cut':
      return {
        ...{ tone: 'bad', title: 'Your supply is switched off' },
        words: `Pay at least ${least} to be switched on again. Turn off what could start by itself.`,
      };
    case 'restoring':
      return {
        ...{ tone: 'accent', title: 'Your supply is being switched on' },
        words: 'Your payment has come in; your meter is being told.',
      };
  }
}

const noticeWords: Readonly<Record<MyPrepay['notices'][number]['kind'], string>> = {
  low: 'Credit is low',
  emergency: 'Emergency credit was lent',
  out: 'Credit was used up',
  cut: 'Supply was switched off',
  restored: 'Supply was switched on again',
};

/** Payments and notices, newest first. */
function History({ prepay, zone }: { readonly prepay: MyPrepay; readonly zone: string }) {
  const money = (amount: string) => format.money(amount, prepay.currency, { signed: true });
  const rows = [
    ...prepay.payments.map(({ amount, state, receivedAt }) => ({
      at: receivedAt,
      words: state === 'reversed' ? 'Payment, taken back' : 'Payment',
      amount: money(amount),
    })),
    ...prepay.notices.map(({ kind, at }) => ({ at, words: noticeWords[kind], amount: '' })),
  ].sort((a, b) => b.at.localeCompare(a.at));
  if (rows.length === 0) return null;
  return (
    <details>
      <summary>Payments and messages</summary>
      <ul className="plain-list">
        {rows.map(({ at, words, amount }, i) => (
          <li key={`${at} ${i}`} className="tariff">
            <span className="grow">
              {words}
              <span className="muted">{format.dayAndClock(at, zone)}</span>
            </span>
            <span className="card-value">{amount}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
