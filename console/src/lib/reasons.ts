/** Reasons of decisions: the last ones are offered again, so that a routine takes one key. */

export type Decision =
  | 'accept'
  | 'estimate'
  | 'edit'
  | 'reject'
  | 'undo'
  | 'release'
  | 'rebill'
  | 'take-back'
  | 'cancel-run';

/** What is offered before anything was remembered. */
const usual: Readonly<Record<Decision, readonly string[]>> = {
  accept: ['Checked, plausible', 'Confirmed by the customer'],
  estimate: ['No reading will come', 'Reading is not plausible'],
  edit: ['Read from the display', 'As the register says'],
  reject: ['Not the use of this customer'],
  undo: ['Decided by mistake'],
  release: ['Checked, plausible', 'Confirmed by the customer'],
  rebill: ['A late reading came', 'The tariff was wrong'],
  'take-back': ['Billed to the wrong account'],
  'cancel-run': ['Started by mistake', 'Readings are not complete'],
};

export type Remembered = Readonly<Partial<Record<Decision, readonly string[]>>>;

const kept = 6;
const leastLength = 3;

/** The reason moves to the front; the oldest is forgotten. */
export function remember(known: Remembered, decision: Decision, reason: string): Remembered {
  const text = reason.trim();
  const others = (known[decision] ?? []).filter((each) => each !== text);
  return { ...known, [decision]: [text, ...others].slice(0, kept) };
}

/** Those to offer, the last used first. */
export function offered(known: Remembered, decision: Decision): string[] {
  return [...new Set([...(known[decision] ?? []), ...usual[decision]])].slice(0, kept);
}

/** What a form begins with: the last reason, empty the first time. */
export function lastReason(known: Remembered, decision: Decision): string {
  return known[decision]?.[0] ?? '';
}

export function isReason(text: string): boolean {
  return text.trim().length >= leastLength;
}

/** From what was stored in the browser; anything that does not fit is left out. */
export function readRemembered(text: string | null): Remembered {
  try {
    const data: unknown = JSON.parse(text ?? '{}');
    if (typeof data !== 'object' || data === null) return {};
    const fits = (list: unknown): list is string[] =>
      Array.isArray(list) && list.every((each) => typeof each === 'string');
    return Object.fromEntries(
      Object.entries(data).filter(([name, list]) => Object.hasOwn(usual, name) && fits(list)),
    );
  } catch {
    return {};
  }
}
