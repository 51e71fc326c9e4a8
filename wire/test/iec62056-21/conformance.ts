/** Readouts against another program's reading (amshan), and messages against the tests of a third. */
import { join } from 'node:path';
import { OpenAmiError } from '@openami/model';
import { bytesOfHex } from '../../src/bytes.ts';
import {
  blockCheck,
  type DataSet,
  decodeIecMessage,
  encodeIecMessage,
  Iec62056Stream,
  type IecMessage,
  isIecPush,
  parseDataSets,
} from '../../src/iec62056-21/index.ts';
import { asciiBytes } from '../../src/text.ts';
import { bytesOfFile, filesOf, type SetScore, textOfFile } from '../vectors.ts';

// biome-ignore lint/suspicious/noExplicitAny: the oracles' own shapes
type Json = any;

export function scoreVectors(root: string): SetScore[] {
  const folder = join(root, 'iec62056-21');
  return [scoreReadouts(join(folder, 'readouts')), scoreMessages(folder)];
}

function scoreReadouts(folder: string): SetScore {
  const notes: string[] = [];
  let passed = 0;
  const names = filesOf(folder, '.txt');
  for (const name of names) {
    const bytes = bytesOfFile(folder, name);
    const stream = new Iec62056Stream({ push: isIecPush(bytes) });
    const frames = [...stream.push(bytes), ...stream.flush()].flatMap(({ frame }) => frame ?? []);
    const ours = frames.flatMap((message) => ('records' in message ? message.records : []));
    const oracle = JSON.parse(textOfFile(folder, name.replace(/\.txt$/, '.amshan.json'))) as DataSet[];
    // the oracle overlooks the line of a gas block that has a value alone
    const named = ours.filter(({ address }) => address !== '');
    if (JSON.stringify(named.map(shapeOf)) === JSON.stringify(oracle)) passed++;
    else notes.push(`${name}: ${named.length} data sets differ from the ${oracle.length} of the oracle`);
    for (const { values } of ours.filter(({ address }) => address === '')) {
      notes.push(`${name}: the oracle has not the value (${values[0]?.value}), which has a line of its own`);
    }
  }
  return { set: 'iec62056-21/readouts', total: names.length, passed, notes };
}

function shapeOf({ address, values }: DataSet): object {
  return { address, values: values.map(({ value, unit = null }) => ({ value, unit })) };
}

function scoreMessages(folder: string): SetScore {
  const notes: string[] = [];
  const cases = JSON.parse(textOfFile(folder, 'messages.json')) as Json;
  const all: [what: string, run: () => boolean][] = [
    ...cases.bcc.map((row: Json) => [`bcc ${row.bcc}`, () => bccAgrees(row)]),
    ...cases.data_sets.map((row: Json) => [`data set ${row.text}`, () => dataSetAgrees(row)]),
    ...cases.data_lines.map((row: Json) => [
      `data line ${row.text}`,
      () => parseDataSets(row.text)?.length === row.data_sets,
    ]),
    ...cases.frames.map((row: Json) => [row.kind, () => frameAgrees(row)]),
  ];
  for (const [what, run] of all) if (!run()) notes.push(`messages.json: ${what}`);
  return { set: 'iec62056-21/messages', total: all.length, passed: all.length - notes.length, notes };
}

function bccAgrees(row: Json): boolean {
  const bytes = row.frame_hex === undefined ? asciiBytes(row.frame) : bytesOfHex(row.frame_hex)!;
  const check = Number.parseInt(row.bcc, 16);
  return blockCheck(bytes, 1, bytes.length - 1) === check && bytes.at(-1) === check;
}

function dataSetAgrees(row: Json): boolean {
  const sets = parseDataSets(row.text);
  if (row.error) return sets === undefined;
  const [set, ...more] = sets ?? [];
  const [value] = set?.values ?? [];
  const ours = [set?.address, value?.value, value?.unit ?? null, more.length];
  return JSON.stringify(ours) === JSON.stringify([row.address, row.value, row.unit, 0]);
}

function frameAgrees(row: Json): boolean {
  let message: IecMessage;
  try {
    message = decodeIecMessage(asciiBytes(row.text));
  } catch (error) {
    return error instanceof OpenAmiError && row.error === true;
  }
  if (row.error === true) return false;
  const back = String.fromCharCode(...encodeIecMessage(message));
  // lines that are not alone on theirs are written on lines of their own
  if (back !== row.text && !String(row.kind).includes('two data sets') && row.kind !== 'readout')
    return false;
  return Object.entries(row).every(([field, theirs]) => fieldAgrees(message, field, theirs));
}

function fieldAgrees(message: IecMessage, field: string, theirs: Json): boolean {
  const records = message.kind === 'data' ? message.records : [];
  const [set] = message.kind === 'command' ? [message] : records;
  switch (field) {
    case 'device_address':
      return message.kind === 'request' && message.address === theirs;
    case 'manufacturer':
      return message.kind === 'identification' && message.maker === theirs;
    case 'baud_char':
      return (message.kind === 'identification' || message.kind === 'option') && message.baudCode === theirs;
    case 'identification':
      // the oracle counts the letter of the ability to it, without its backslash
      return message.kind === 'identification' && message.text.replace('\\', '') === theirs;
    case 'extra_char_after_backslash':
      return message.kind === 'identification' && message.abilities[0] === theirs;
    case 'protocol':
      return message.kind === 'option' && message.protocol === theirs;
    case 'mode_char':
      return message.kind === 'option' && message.mode === theirs;
    case 'command':
      return message.kind === 'command' && message.command === theirs;
    case 'command_type':
      return message.kind === 'command' && message.type === theirs;
    case 'address':
      return set?.address === theirs;
    case 'value':
      return set?.values[0]?.value === theirs;
    case 'data_sets': {
      const ours = records.map(({ address, values: [value] }) => [address, value?.value, value?.unit]);
      return JSON.stringify(ours) === JSON.stringify(theirs);
    }
    default:
      return field === 'kind' || field === 'text';
  }
}
