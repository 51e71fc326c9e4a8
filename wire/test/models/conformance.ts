/** How many recorded telegrams give the names and values their origin says, and which do not and why. */
import { OpenAmiError, sentenceOf } from '@openami/model';
import { bytesOfHex } from '../../src/bytes.ts';
import {
  decodeMbus,
  decodeWmbus,
  type FlatValue,
  MbusLineState,
  type MbusTelegram,
} from '../../src/mbus/index.ts';
import { differences, type ModelSet } from '../../src/models/index.ts';
import type { Score } from '../mbus/conformance.ts';
import { type WirelessVector, wirelessVectors } from '../mbus/vectors.ts';
import { loadModels } from './files.ts';

/** `asSent`: the origin prints patterns that stand for "no value" as if they were values. */
const ways = [
  { set: 'wireless telegrams, all names and values', asSent: true },
  { set: 'wireless telegrams, all names and values, none where there is none', asSent: false },
] as const;

const noneThere = 'the sample has a pattern that stands for no value, printed as one';

/** Why a telegram does not agree: its origin says otherwise than its bytes do, or words of bits are not known. */
const reasons: Readonly<Record<string, string>> = {
  'em24 66666666': 'the sample is wrong: the origin leaves out a VIFE, a correction by 10^-1',
  'gwfgas 23115250': 'the sample is wrong: a date that is none, as the calendar of a computer counts it',
  'sensostar 20480057': 'the sample is wrong: a date that is none, as the calendar of a computer counts it',
  'kamwater 23813076': 'the sample is wrong: the values were changed and the CRC of the full frame was not',
  'kamwater 76348799': 'the sample is wrong: one telegram comes twice, with two names for one value',
  'qwater 60113189': 'the sample is wrong: the origin calls the duration of a limit a flow',
  'aptmbusna 00345157': 'not solved: the words of its error bits are not known here',
  'c5isf 55445555': 'not solved: the words of its error bits are not known here',
  'ultrimisv2 80291792': 'not solved: the words of its error bits are not known here',
  'emerlin868 00502420': noneThere,
  'qwaterv2 12353648': noneThere,
  'qheatv2 68267443': noneThere,
  'supercal 89508019': noneThere,
  'werhlemodwm 16466583': noneThere,
};

/** Scores of all sets below `root`, which ends with a slash. */
export function scoreVectors(root: string): Score[] {
  const models = loadModels();
  const vectors = wirelessVectors(root);
  return ways.map(({ set, asSent }) => {
    const state = new MbusLineState();
    models.teach(state.formats);
    const notes = vectors.flatMap((vector) => {
      const fault = faultOf(vector, models, state, asSent);
      const name = `${vector.driver} ${vector.id}`;
      return fault === undefined ? [] : [`${name}: ${fault} (${reasons[name] ?? 'not known why'})`];
    });
    return { set, total: vectors.length, passed: vectors.length - notes.length, notes };
  });
}

/** What the origin adds of its own. */
const ignored = new Set(['_', 'name', 'timestamp', 'meter']);
function faultOf(
  vector: WirelessVector,
  models: ModelSet,
  state: MbusLineState,
  asSent: boolean,
): string | undefined {
  let have: Record<string, FlatValue> = {};
  try {
    for (const telegram of telegramsOf(vector, state)) {
      const key = vector.key ? state.key(vector.key) : undefined;
      const options = { asSent, key };
      const model = models.names.includes(vector.driver) ? models.named(vector.driver) : models.of(telegram);
      // several telegrams of a meter add up
      have = { ...have, ...(model?.valuesOf(telegram, options) ?? models.valuesOf(telegram, options)) };
    }
  } catch (error) {
    return error instanceof OpenAmiError ? sentenceOf(error) : String(error);
  }
  const want = Object.fromEntries(Object.entries(vector.expected).filter(([name]) => !ignored.has(name)));
  const faults = differences(have, want);
  return faults.length === 0 ? undefined : faults.join('; ');
}

function telegramsOf({ telegram_hex: hex, key }: WirelessVector, state: MbusLineState): MbusTelegram[] {
  const options = {
    key: key ? state.key(key) : undefined,
    formats: state.formats,
    fragments: state.fragments,
    partial: true,
  };
  return [hex].flat().flatMap((one) => {
    const bytes = bytesOfHex(one)!;
    return bytes[0] === 0x68 && bytes[3] === 0x68
      ? decodeMbus(bytes, options)
      : [decodeWmbus(bytes, options)];
  });
}
