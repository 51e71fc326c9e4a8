/** Recorded dialogues: the APDUs of both sides, and the attributes that were read. */
import type { Apdu, ApduOf } from '../../src/dlms/apdu/apdu.ts';
import { decodeApduAndRest } from '../../src/dlms/apdu/apdu.ts';
import { decodeData } from '../../src/dlms/data.ts';
import { SegmentAssembler } from '../../src/dlms/link/assembler.ts';
import { HdlcDecoder } from '../../src/dlms/link/hdlc-decoder.ts';
import { WrapperDecoder } from '../../src/dlms/link/wrapper.ts';
import type { CosemValue } from '../../src/dlms/value.ts';
import { hex, toHex, vectorText } from './vectors.ts';

export interface Transcript {
  interface: string;
  security: Record<string, unknown> | null;
  exchange: ['client' | 'server', string][];
  values_printed_by_client: {
    class_id: number | null;
    ln: string | null;
    attributes: Record<string, string>;
  }[];
}

export function transcript(name: string): Transcript {
  return JSON.parse(vectorText(`transcripts/${name}.json`)) as Transcript;
}

export interface Said {
  side: 'client' | 'server';
  bytes: Uint8Array;
}

/** Every APDU in order, out of its frames. */
export function apdusOf({ interface: carriage, exchange }: Transcript): Said[] {
  const said: Said[] = [];
  const wrapper = carriage === 'WRAPPER';
  const joiner = new SegmentAssembler();
  const streams = { client: new HdlcDecoder(), server: new HdlcDecoder() };
  const wrapped = { client: new WrapperDecoder(), server: new WrapperDecoder() };
  for (const [side, text] of exchange) {
    if (wrapper) {
      for (const { frame, error } of wrapped[side].push(hex(text))) {
        if (error) throw error;
        said.push({ side, bytes: frame!.apdu });
      }
      continue;
    }
    for (const { frame } of streams[side].push(hex(text))) {
      // supervisory frames and mode E letters are the link's own
      for (const item of frame ? joiner.hdlc(frame) : []) {
        if (item.error) throw item.error;
        said.push({ side, bytes: item.frame!.apdu.slice() });
      }
    }
  }
  return said;
}

export interface ReadAttribute {
  classId: number;
  instance: string;
  attribute: number;
  value?: CosemValue;
  error?: string;
}

/** Attributes read by plain GET, with blocks put together. */
export function attributesOf(said: readonly Said[]): ReadAttribute[] {
  const out: ReadAttribute[] = [];
  let asked: ReadAttribute | undefined;
  let raw = '';
  for (const { bytes } of said) {
    const apdu: Apdu = decodeApduAndRest(bytes).apdu;
    if (apdu.service === 'get-request' && apdu.kind === 'normal') {
      asked = { ...apdu.attribute };
      raw = '';
    }
    if (apdu.service !== 'get-response' || !asked) continue;
    const result = resultOf(apdu);
    if (result.raw) raw += toHex(result.raw);
    if (!result.last) continue;
    if (raw) asked.value = decodeData(hex(raw));
    else if (result.value) asked.value = result.value;
    else asked.error = result.error ?? 'none';
    out.push(asked);
    asked = undefined;
  }
  return out;
}

function resultOf(apdu: ApduOf<'get-response'>): {
  last: boolean;
  raw?: Uint8Array;
  value?: CosemValue;
  error?: string;
} {
  if (apdu.kind === 'with-list') throw new Error('no list was asked for');
  const last = apdu.kind === 'normal' || apdu.block.last;
  const result = apdu.kind === 'normal' ? apdu.result : apdu.block.result;
  if (result.kind === 'error') return { last: true, error: result.value };
  return result.kind === 'raw' ? { last, raw: result.value } : { last, value: result.value };
}
