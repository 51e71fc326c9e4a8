/** A status from several places: the header's byte, error flags, bytes of the maker's. */
import { applicationStates, statusBits } from '../mbus/layer/tpl.ts';
import type { MbusTelegram } from '../mbus/telegram.ts';
import { type ReadBytes, readyBytes } from './bytes.ts';
import { type ReadyFlags, readyFlags, wordsOf } from './flags.ts';
import type { Values } from './formula.ts';
import type { StatusPart } from './model.ts';
import { readySelect, type Takes } from './select.ts';

/** The words of all parts; undefined where none of them is in the telegram. */
export type StatusOf = (telegram: MbusTelegram, values: Values) => string[] | undefined;

export function readyStatus(parts: readonly StatusPart[], path: string): StatusOf {
  const ready = parts.map((part, i) => readyPart(part, `${path}[${i}]`));
  return (telegram, values) => {
    let words: string[] | undefined;
    for (const part of ready) {
      const more = part(telegram, values);
      if (more !== undefined) words = words === undefined ? more : words.concat(more);
    }
    return words;
  };
}

function readyPart(part: StatusPart, path: string): StatusOf {
  if (part.header !== undefined) return headerPart(part.header);
  if (part.field !== undefined) return fieldPart(part.field);
  const flags = readyFlags(part.flags ?? {});
  if (part.bytes !== undefined) return bytesPart(readyBytes(part.bytes, `${path}.bytes`, {}), flags);
  return recordPart(readySelect(part.record ?? { quantity: 'error-flags' }), flags);
}

const APPLICATION_STATE = 3;

/** Bits 0 and 1 are a number; 5 to 7 are the maker's. */
function headerPart({ bits = {}, mask, unknown = 'UNKNOWN' }: NonNullable<StatusPart['header']>): StatusOf {
  const flags = readyFlags({ bits: { ...statusBits, ...bits }, unknown });
  const keep = mask === undefined ? 0xff : Number(mask);
  return ({ status }) => {
    if (status === undefined) return undefined;
    const kept = status & keep;
    if (kept === 0) return [];
    const state = applicationStates[kept & APPLICATION_STATE];
    const words = wordsOf(kept & ~APPLICATION_STATE, flags);
    return state === undefined ? words : [state, ...words];
  };
}

function fieldPart(name: string): StatusOf {
  return (_telegram, values) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (typeof value !== 'string') return undefined;
    return value === '' || value === 'OK' ? [] : [value];
  };
}

function bytesPart(read: ReadBytes, flags: ReadyFlags): StatusOf {
  return (telegram, values) => {
    const raw = read(telegram, values)?.raw;
    return raw === undefined ? undefined : wordsOf(raw, flags);
  };
}

function recordPart(takes: Takes, flags: ReadyFlags): StatusOf {
  return ({ records }) => {
    let words: string[] | undefined;
    for (const { head, raw } of records) {
      if (raw !== undefined && takes(head)) words = (words ?? []).concat(wordsOf(raw, flags));
    }
    return words;
  };
}
