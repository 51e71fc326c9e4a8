/** What would change in a meter, as sentences for the person who is about to order it. Pure. */
import type { Difference } from './kind-shape.ts';

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** One difference as a sentence. */
export function differenceText({ path, meter, wanted }: Difference): string {
  // `active` and `passive` are the two calendars of a meter: the sentence is the same of both.
  const place = path.replace(/^(active|passive)\./, '');
  for (const [pattern, words] of sentences) {
    const found = pattern.exec(place);
    if (found) return words(meter, wanted, found[1] ?? '', found[2] ?? '');
  }
  return `${path}: ${plain(wanted)} instead of ${plain(meter)}.`;
}

type Words = (meter: unknown, wanted: unknown, first: string, second: string) => string;

const sentences: readonly (readonly [RegExp, Words])[] = [
  [/^name$/, (meter, wanted) => `The calendar is called ${quoted(wanted)} instead of ${quoted(meter)}.`],
  [/^season\.(.+)$/, (meter, wanted, name) => changed(`Season ${quoted(name)}`, meter, wanted, season)],
  [/^week\.(.+)$/, (meter, wanted, name) => week(name, meter, wanted)],
  [/^day\.(\d+)\.(.+)$/, (meter, wanted, id, at) => switching(id, at, meter, wanted)],
  [/^day\.(\d+)$/, (meter, wanted, id) => wholeDay(id, meter, wanted)],
  [/^days\.(.+)$/, (meter, wanted, date) => specialDay(date, meter, wanted)],
  [/^activateAtS$/, (meter, wanted) => `It becomes active ${moment(wanted)} instead of ${moment(meter)}.`],
  [/^passive$/, () => 'The meter has no passive calendar: the whole is new.'],
  [/^outputOn$/, (_meter, on) => (on ? 'The supply is off and comes on.' : 'The supply is on and goes off.')],
  [/^driftMs$/, (meter) => `The clock is ${seconds(Number(meter))}; it is set right.`],
  [/^thresholdW$/, (meter, wanted) => `The limit is ${plain(wanted)} W instead of ${plain(meter)} W.`],
  [
    /^minOverS$/,
    (meter, wanted) => `It opens after ${plain(wanted)} s over the limit instead of ${plain(meter)} s.`,
  ],
  [
    /^minUnderS$/,
    (meter, wanted) => `It closes after ${plain(wanted)} s under the limit instead of ${plain(meter)} s.`,
  ],
  [/^destination$/, (meter, wanted) => `It pushes to ${plain(wanted)} instead of ${address(meter)}.`],
  [/^transport$/, (meter, wanted) => `It pushes over ${plain(wanted)} instead of ${plain(meter)}.`],
  [/^objects$/, (meter, wanted) => pushed(listOf(meter), listOf(wanted))],
];

function plain(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const quoted = (name: unknown) => `“${plain(name)}”`;
const address = (value: unknown) => (value === '' ? 'nowhere' : plain(value));
const listOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);

function changed(what: string, meter: unknown, wanted: unknown, words: (value: unknown) => string): string {
  if (meter === null) return `${what} is new: ${words(wanted)}.`;
  if (wanted === null) return `${what} is left out; it was: ${words(meter)}.`;
  return `${what}: ${words(wanted)} instead of ${words(meter)}.`;
}

/** `11-01 winter` of the comparable form. */
function season(value: unknown): string {
  const [start = '', ...week] = String(value).split(' ');
  return `from ${start} week ${quoted(week.join(' '))}`;
}

function week(name: string, meter: unknown, wanted: unknown): string {
  const days = (value: unknown) => (value === null ? [] : String(value).split(' '));
  const [old, next] = [days(meter), days(wanted)];
  const all = (ids: readonly string[]) => ids.map((id, at) => `${weekdays[at] ?? at} ${id}`).join(', ');
  if (old.length === 0) return `Week ${quoted(name)} is new, with the days ${all(next)}.`;
  if (next.length === 0) return `Week ${quoted(name)} is left out.`;
  const moves = next.flatMap((id, at) =>
    id === old[at] ? [] : [`${weekdays[at] ?? at} follows day ${id} instead of ${old[at] ?? 'nothing'}`],
  );
  return `Week ${quoted(name)}: ${moves.join(', ')}.`;
}

/** `0.0.10.0.100.255 2` of the comparable form. */
function script(value: unknown): string {
  const [table = '', selector = ''] = String(value).split(' ');
  return `script ${selector} of ${table}`;
}

function switching(id: string, at: string, meter: unknown, wanted: unknown): string {
  if (meter === null) return `Day ${id} switches at ${at} to ${script(wanted)}; nothing happened then.`;
  if (wanted === null) return `Day ${id} switches no more at ${at}; it ran ${script(meter)}.`;
  return `Day ${id} switches at ${at} to ${script(wanted)} instead of ${script(meter)}.`;
}

function wholeDay(id: string, meter: unknown, wanted: unknown): string {
  const switches = (value: unknown) =>
    Object.entries(value as object)
      .map(([at, what]) => `${at} ${script(what)}`)
      .join(', ');
  if (meter === null) return `Day ${id} is new: ${switches(wanted)}.`;
  return `Day ${id} is left out; it was: ${switches(meter)}.`;
}

function specialDay(date: string, meter: unknown, wanted: unknown): string {
  const when = date.startsWith('****-') ? `Every ${date.slice(5)}` : date;
  if (meter === null) return `${when} becomes a special day that follows day ${plain(wanted)}.`;
  if (wanted === null) return `${when} is no special day any more; it followed day ${plain(meter)}.`;
  return `${when} follows day ${plain(wanted)} instead of day ${plain(meter)}.`;
}

function moment(atS: unknown): string {
  return typeof atS === 'number' ? `at ${new Date(atS * 1000).toISOString().slice(0, 16)}Z` : 'never';
}

function seconds(driftMs: number): string {
  const s = Math.round(Math.abs(driftMs) / 1000);
  return driftMs > 0 ? `${s} s ahead` : `${s} s behind`;
}

function pushed(old: readonly string[], next: readonly string[]): string {
  const added = next.filter((each) => !old.includes(each));
  const gone = old.filter((each) => !next.includes(each));
  if (added.length + gone.length === 0) return 'The same objects are pushed in another order.';
  const parts = [
    ...(added.length > 0 ? [`${added.join(', ')} is pushed in addition`] : []),
    ...(gone.length > 0 ? [`${gone.join(', ')} is pushed no more`] : []),
  ];
  return `${parts.join('; ')}.`;
}
