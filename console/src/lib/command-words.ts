/** Commands in words: where one stands, why it waits, and what a meter was found to have. Pure. */
import { formatCount, formatCounted, formatWord } from './format.ts';

/** Why a command waits or ended; the code stays beside it, to be looked up and quoted. */
const reasons: Readonly<Record<string, string>> = {
  COMMAND_LINK: 'The meter could not be reached; it is tried again by itself.',
  COMMAND_UNDER_WAY: 'The network has it; the device has not said yet what came of it.',
  COMMAND_PROTECTED: 'The usage point is protected: its supply is never interrupted.',
  COMMAND_KILLED: 'The kill switch is on: it leaves when the switch is off again.',
  COMMAND_MORATORIUM: 'A moratorium is on: it waits for its end.',
  COMMAND_RATE: 'So many supplies were interrupted within an hour that it waits for its turn.',
  COMMAND_COOL_DOWN: 'The supply was switched a short time ago: it waits for the cool-down to pass.',
  COMMAND_EXPIRED: 'It expired before it could be sent.',
  COMMAND_REFUSED: 'The meter refused it, and reading it back shows that nothing changed.',
  COMMAND_NOT_DONE: 'Reading the meter back shows that it had not its effect.',
  COMMAND_UNCONFIRMED: 'It may be in the meter, but the meter could not be read back. Read it first.',
  COMMAND_NOT_READABLE: 'The meter does not let be read what would confirm it; nothing was sent.',
  CAMPAIGN_HALTED: 'More meters failed than the campaign allows: it stopped by itself.',
  FIRMWARE_VERIFY: 'The meter found the image not to be valid.',
  FIRMWARE_ACTIVATION: 'The meter did not activate the image and runs the version before.',
  FIRMWARE_REFUSED: 'The meter refuses the transfer of images.',
  FIRMWARE_SKIPPED: 'It runs a version that the image is not for and was left as it is.',
};

/** The sentence for a code; nothing where there is none. */
export function reasonOf(code: string | null): string {
  return code === null ? '' : (reasons[code] ?? formatWord(code.toLowerCase()));
}

/** One thing found in a meter. */
export type Finding = readonly [name: string, value: string];

const drift = (ms: number) => {
  if (Math.abs(ms) < 1000) return 'right to the second';
  const seconds = formatCount(Math.round(Math.abs(ms) / 1000));
  return ms > 0 ? `${seconds} s ahead of ours` : `${seconds} s behind ours`;
};

const words: Readonly<Record<string, (value: unknown) => Finding>> = {
  outputOn: (on) => ['Supply', on === null ? 'not known' : on ? 'on (relay closed)' : 'off (relay open)'],
  saidBy: () => ['Said by', 'its acknowledgement alone'],
  acknowledged: (yes) => ['Acknowledged', yes === true ? 'yes' : 'no'],
  control: (state) => ['Control', plainText(state)],
  mode: (mode) => ['Control mode', plainText(mode)],
  driftMs: (ms) => ['Clock', drift(Number(ms))],
  thresholdW: (watts) => ['Threshold', `${formatCount(Number(watts))} W`],
  minOverS: (seconds) => ['Opens after', `${formatCount(Number(seconds))} s over it`],
  minUnderS: (seconds) => ['Closes after', `${formatCount(Number(seconds))} s under it`],
  resets: (count) => ['Billing periods ended', formatCount(Number(count))],
  version: (version) => ['Firmware', String(version)],
  active: (calendar) => ['Calendar in force', partsText('calendar', calendar)],
  passive: (calendar) => ['Passive calendar', calendar === null ? 'none' : partsText('calendar', calendar)],
  activateAtS: (atS) => [
    'Becomes active',
    atS === null ? 'no time is set' : `${new Date(Number(atS) * 1000).toISOString().slice(0, 16)}Z`,
  ],
  days: (days) => ['Special days', partsText('days', days)],
  destination: (to) => ['Pushes to', to === '' ? 'nowhere' : String(to)],
  objects: (objects) => ['Pushes', Array.isArray(objects) ? objects.join(', ') : plainText(objects)],
};

/** A table in a few words: `“summer”: 2 seasons, 2 weeks, 3 days`. */
export function partsText(name: string, value: unknown): string {
  if (Array.isArray(value)) return formatCounted(value.length, name === 'days' ? 'day' : 'item');
  if (name !== 'calendar' || value === null || typeof value !== 'object') return plainText(value);
  const { name: called, seasons, weeks, days } = value as Readonly<Record<string, unknown>>;
  const count = (of: unknown, word: string) => formatCounted(Array.isArray(of) ? of.length : 0, word);
  return `“${String(called)}”: ${count(seasons, 'season')}, ${count(weeks, 'week')}, ${count(days, 'day')}`;
}

/** What a meter was found to have, one line each. */
export function findingsOf(observation: Readonly<Record<string, unknown>> | null): Finding[] {
  const places = Object.keys(words);
  const place = (name: string) => (places.includes(name) ? places.indexOf(name) : places.length);
  const given = Object.entries(observation ?? {}).sort(([a], [b]) => place(a) - place(b));
  return given.flatMap(([name, value]) => {
    if (name === 'values' && Array.isArray(value)) {
      return value.map((each, i): Finding => [`Value ${i + 1}`, plainText(each)]);
    }
    const known = words[name];
    return [known ? known(value) : ([formatWord(name), plainText(value)] as const)];
  });
}

/** A value of any shape as short text. */
export function plainText(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const order = [
  ...['draft', 'awaiting_approval', 'queued', 'running'],
  ...['confirmed', 'failed', 'expired', 'cancelled', 'voided'],
];

/** States that commands of an order are in, in the order of a command's life. */
export function presentStates(counts: Readonly<Record<string, number>>): [state: string, count: number][] {
  return order.flatMap((state) => (counts[state] ? [[state, counts[state]] as [string, number]] : []));
}

/** How many can still be taken back. */
export function cancellable(counts: Readonly<Record<string, number>>): number {
  return (counts.draft ?? 0) + (counts.awaiting_approval ?? 0) + (counts.queued ?? 0);
}
