/** What the pages of prepay share: where a customer stands, in words and shapes, and links. */
import type { PrepayCustomer, PrepayNoticeItem } from '@openami/server/contract';
import { Link } from '@tanstack/react-router';
import { formatWord } from '../lib/format.ts';
import { Badge } from '../ui/marks.tsx';
import type { StateLook } from '../ui/state-filters.tsx';
import type { Tone } from '../ui/states.tsx';

type State = PrepayCustomer['state'];

/** In the order in which credit runs out. */
export const stateLooks: Readonly<Record<State, StateLook>> = {
  in_credit: {
    ...{ word: 'In credit', tone: 'good', colour: '--q-valid', shape: 'disc' },
    meaning: 'More is left than the policy warns at',
  },
  low: {
    ...{ word: 'Low', tone: 'warn', colour: '--q-estimated', shape: 'diamond' },
    meaning: 'Warned: little is left',
  },
  emergency: {
    ...{ word: 'Emergency credit', tone: 'warn', colour: '--q-edited', shape: 'square' },
    meaning: 'Uses what was lent; the next payment repays it first',
  },
  out: {
    ...{ word: 'Nothing left', tone: 'bad', colour: '--q-questionable', shape: 'triangle' },
    meaning: 'Still supplied; cut when the policy and the limits of commands allow it',
  },
  cut: {
    ...{ word: 'Cut', tone: 'bad', colour: '--q-missing', shape: 'cross' },
    meaning: 'The relay was read back as open',
  },
  restoring: {
    ...{ word: 'Being put on', tone: 'accent', colour: '--q-raw', shape: 'ring' },
    meaning: 'Paid; the meter is being told',
  },
};
export const stateNames = Object.keys(stateLooks) as State[];

export function PrepayState({ state }: { readonly state: State }) {
  const { tone, word } = stateLooks[state];
  return <Badge tone={tone}>{word}</Badge>;
}

const waits: Readonly<Record<string, string>> = {
  protected: 'Not cut: protected',
  'notices-only': 'Not cut: the policy gives notices only',
  'no-relay': 'Not cut: no relay that can be reached',
  grace: 'Cut after the time of grace',
  'friendly-hours': 'Cut when friendly hours are over',
  retry: 'Tried again later',
  order: 'The order to cut is on its way',
};

/** Why a customer with nothing left is not cut now. */
export function waitWords({ wait, protection }: Pick<PrepayCustomer, 'wait' | 'protection'>): string {
  if (wait === null) return '';
  return wait === 'protected' ? `Not cut: ${protection}` : (waits[wait] ?? formatWord(wait));
}

const noticeWords: Readonly<Record<PrepayNoticeItem['kind'], string>> = {
  low: 'Credit is low',
  emergency: 'Emergency credit is in use',
  out: 'Nothing is left',
  cut: 'The supply was cut',
  restored: 'The supply is on again',
};
const noticeTones: Readonly<Record<PrepayNoticeItem['kind'], Tone>> = {
  ...{ low: 'warn', emergency: 'warn', out: 'bad', cut: 'bad', restored: 'good' },
};

export function NoticeBadge({ kind }: { readonly kind: PrepayNoticeItem['kind'] }) {
  return <Badge tone={noticeTones[kind]}>{noticeWords[kind]}</Badge>;
}

export function CustomerLink(props: { readonly agreement: string; readonly children?: string }) {
  return (
    <Link to="/prepay/$agreement" params={{ agreement: props.agreement }}>
      {props.children ?? props.agreement}
    </Link>
  );
}

/** `about 4 days`, `less than a day`; a dash where it is not known. */
export function daysWords(days: number | null): string {
  if (days === null) return '–';
  if (days <= 0) return 'none';
  if (days < 1) return 'less than a day';
  return days < 2 ? 'about a day' : `about ${Math.floor(days)} days`;
}
