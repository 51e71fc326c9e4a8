/**
 * What the pushes of a model leave out: names of values that are only told apart by their position, scalers
 * and units that are known from the data sheet. A layout is data; see layouts/.
 */
import type { PushQuirk } from '../apdu/untagged-push.ts';
import type { DeviationQuirk } from '../date-time.ts';
import { bytesOf, type CosemValue, type DataType } from '../value.ts';

/** An element of a positional list: its name (null: none) and its type. */
export type ListElement = readonly [name: string | null, type: DataType];

/**
 * Scaler and unit (symbol of the model, null for a number without one) of the names that fit: each group a
 * number, `*`, or numbers between `|`.
 */
export type Scaling = readonly [names: string, scaler: number, unit: string | null];

export interface PushLayout {
  readonly id: string;
  /** Makers and models, for people. */
  readonly meters: string;
  /** All that is given must hold; without any of it, one of the lists must fit. */
  readonly match: {
    /** A text of the push begins with it. */
    readonly text?: string;
    /** Names that are all in the push, as in Scaling. */
    readonly names?: readonly string[];
    /** Makers by the first three letters of the system title. */
    readonly makers?: readonly string[];
    readonly quirk?: PushQuirk;
  };
  /** Lists without names; the one whose length and types fit is used. */
  readonly lists?: readonly (readonly ListElement[])[];
  /** Name of a text without a name at the end. */
  readonly lastText?: string;
  readonly scaling?: readonly Scaling[];
  /** How the model writes the deviation in its times. */
  readonly deviation?: DeviationQuirk;
  /** Made-up pushes and what they must give; they are the tests of the layout. */
  readonly samples: readonly LayoutSample[];
}

export interface LayoutSample {
  /** A notification, or data alone, as hex. */
  readonly hex: string;
  readonly readings: readonly (readonly [
    obis: string,
    value: number | string | boolean | null,
    unit: string | null,
  ])[];
  /** ISO, with the offset where the push has one. */
  readonly time?: string;
}

/** What a layout is chosen by. */
export interface PushTraits {
  readonly body: readonly CosemValue[];
  /** Elements that the body announces; more than it has when the meter cut it. */
  readonly announced: number;
  readonly names: readonly string[];
  readonly systemTitle?: Uint8Array;
  readonly quirks: readonly string[];
}

export interface FoundLayout {
  readonly layout: PushLayout;
  /** The positional list that fits. */
  readonly list?: readonly ListElement[];
}

/** The first layout that fits. */
export function findLayout(layouts: readonly PushLayout[], traits: PushTraits): FoundLayout | undefined {
  for (const layout of layouts) {
    const list = layout.lists?.find((one) => fits(one, traits));
    const named = Object.keys(layout.match).length > 0;
    if (named ? holds(layout.match, traits) : list !== undefined) return { layout, list };
  }
  return undefined;
}

function fits(list: readonly ListElement[], { body, announced }: PushTraits): boolean {
  return list.length === announced && body.every(({ type }, i) => type === list[i]?.[1]);
}

function holds(match: PushLayout['match'], traits: PushTraits): boolean {
  const { text, names, makers, quirk } = match;
  if (text !== undefined && !traits.body.some((value) => beginsWith(value, text, 2))) return false;
  if (names?.some((pattern) => !traits.names.some((name) => nameFits(pattern, name)))) return false;
  if (quirk !== undefined && !traits.quirks.includes(quirk)) return false;
  return makers === undefined || makers.includes(makerOf(traits.systemTitle));
}

/** Whether the value, or one up to `depth` levels in it, is a text that begins so. */
function beginsWith(value: CosemValue, text: string, depth: number): boolean {
  if ('elements' in value) {
    return depth > 0 && value.elements.some((element) => beginsWith(element, text, depth - 1));
  }
  const bytes = bytesOf(value);
  return bytes !== undefined && textBegins(bytes, 0, bytes.length, text);
}

/** Whether the bytes from `from` to `to` begin with a text of ASCII. */
export function textBegins(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false;
  return true;
}

function makerOf(systemTitle: Uint8Array | undefined): string {
  return systemTitle === undefined ? '' : String.fromCharCode(...systemTitle.subarray(0, 3));
}

/** The scaling of a name. */
export function scalingOf(layout: PushLayout | undefined, name: string): Scaling | undefined {
  return layout?.scaling?.find(([pattern]) => nameFits(pattern, name));
}

/** Whether `1.0.1.8.0.255` fits a pattern such as `1.*.1|2.8.*.255`. */
export function nameFits(pattern: string, name: string): boolean {
  let wanted = patterns.get(pattern);
  if (wanted === undefined) {
    wanted = pattern.split('.').map((group) => (group === '*' ? undefined : group.split('|')));
    patterns.set(pattern, wanted);
  }
  const groups = groupsOf(name);
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] !== undefined && !wanted[i]!.includes(groups[i] ?? '')) return false;
  }
  return true;
}

/** Patterns taken apart; there are as many as the layouts have. */
const patterns = new Map<string, (readonly string[] | undefined)[]>();

/** Names taken apart: a fleet has few, and each is asked for with every push. */
const names = new Map<string, readonly string[]>();
const MAX_NAMES = 4096;

function groupsOf(name: string): readonly string[] {
  let groups = names.get(name);
  if (groups === undefined) {
    if (names.size >= MAX_NAMES) names.clear();
    groups = name.split('.');
    names.set(name, groups);
  }
  return groups;
}
