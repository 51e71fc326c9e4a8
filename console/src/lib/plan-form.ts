/** Reading plans as forms: a plan's shape for the form, and the way from one to the other. Pure. */
import { commodities, type ParamRecord, param } from '@openami/model';
import { type Draft, draftOf, paramValue } from './params.ts';

const { list, text, whole } = param;
const texts = (max: number) => list(text(100), 0, max);
const spanS = whole(0, 366 * 86_400);
const instant = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d)?(Z|[+\\-]\\d\\d:\\d\\d)';
const commodity = { type: 'word', words: commodities } as const;

/** What a form asks for; attributes of meters, which a plan may select by too, are kept as they are. */
export const planSpec: ParamRecord = {
  type: 'record',
  fields: {
    // Since when it is in force, such as 2026-04-01T00:00:00Z.
    from: text(40, instant),
    meters: {
      type: 'record',
      fields: {
        commodity: { type: 'list', of: commodity, min: 0, max: 4 },
        ...{ model: texts(100), protocol: texts(100), segment: texts(100) },
      },
    },
    read: {
      type: 'list',
      of: {
        type: 'record',
        fields: {
          kind: { type: 'word', words: ['profile', 'registers', 'events'] },
          // Seconds, or a word.
          period: text(8, '\\d+|day|month'),
          obis: { type: 'list', of: text(40), min: 1, max: 64 },
          zone: text(64),
        },
        optional: ['zone'],
      },
      ...{ min: 1, max: 64 },
    },
    every: { type: 'record', fields: { each: text(8, '\\d+|day|interval'), delayS: spanS, spreadS: spanS } },
    due: {
      type: 'record',
      fields: {
        after: { type: 'word', words: ['day', 'interval'] },
        levels: {
          type: 'list',
          of: { type: 'record', fields: { share: { type: 'number', min: 0, max: 1 }, withinS: spanS } },
          ...{ min: 1, max: 4 },
        },
      },
    },
    value: { type: 'number', min: 0, max: 1_000_000 },
  },
  optional: ['from'],
};

type Plain = Readonly<Record<string, unknown>>;

/** A plan to begin with. */
export const planAtFirst: Plain = {
  meters: {},
  read: [{ kind: 'profile', obis: ['1-0:99.1.0*255'], period: 900 }],
  every: { each: 'interval', delayS: 60, spreadS: 300 },
  due: {
    after: 'day',
    levels: [
      { share: 0.95, withinS: 28_800 },
      { share: 0.99, withinS: 86_400 },
    ],
  },
  value: 1,
};

/** A stored plan as a form; plans may name one code where a list may stand. */
export function planDraft(plan: Plain): Draft {
  const read = (plan.read as readonly Plain[]).map((item) => ({
    ...item,
    obis: typeof item.obis === 'string' ? [item.obis] : item.obis,
  }));
  const every = { delayS: 0, spreadS: 0, ...(plan.every as Plain) };
  return draftOf(planSpec, { value: 1, meters: {}, ...plan, read, every });
}

const numeral = (value: unknown) => (/^\d+$/.test(String(value)) ? Number(value) : value);

/** A form as a plan; `before` is what it was made of, for what the form does not show. */
export function planOf(draft: Draft, before: Plain): Plain {
  const { read, every, meters, ...rest } = paramValue(planSpec, draft) as Record<string, unknown>;
  const { attributes } = (before.meters ?? {}) as Plain;
  const selector = Object.entries(meters as Record<string, unknown[]>).filter(
    ([, names]) => names.length > 0,
  );
  const cycle = every as Plain;
  return {
    ...rest,
    meters: { ...Object.fromEntries(selector), ...(attributes === undefined ? {} : { attributes }) },
    read: (read as readonly Plain[]).map((item) => ({ ...item, period: numeral(item.period) })),
    every: { ...cycle, each: numeral(cycle.each) },
  };
}

/** `28800` -> `8 h`. */
export function spanWords(seconds: number): string {
  if (seconds >= 172_800 && seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
