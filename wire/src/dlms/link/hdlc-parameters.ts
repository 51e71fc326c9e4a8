/**
 * What SNRM and UA agree on (IEC 62056-46 clause 6.4.4.4.3): the longest information field and the window,
 * each way. 81 80 LL, then 05 and 06 (information, transmit and receive) and 07 and 08 (windows).
 */
import { linkErrors } from './link-errors.ts';

export interface HdlcParameters {
  /** Longest information field the speaker sends, in bytes. */
  readonly transmitBytes: number;
  /** Longest information field the speaker takes, in bytes. */
  readonly receiveBytes: number;
  /** I frames the speaker sends before it waits. */
  readonly transmitWindow: number;
  readonly receiveWindow: number;
}

/** What holds where nothing is said. */
export const defaultHdlcParameters: HdlcParameters = {
  transmitBytes: 128,
  receiveBytes: 128,
  transmitWindow: 1,
  receiveWindow: 1,
};

const fields = [
  [0x05, 'transmitBytes', 2030],
  [0x06, 'receiveBytes', 2030],
  [0x07, 'transmitWindow', 7],
  [0x08, 'receiveWindow', 7],
] as const;

/** The information field of SNRM or UA. Raises DLMS_LINK_NOT_ENCODABLE for a value out of range. */
export function encodeHdlcParameters(parameters: HdlcParameters): Uint8Array<ArrayBuffer> {
  const out: number[] = [0x81, 0x80, 0];
  for (const [tag, name, max] of fields) {
    const value = parameters[name];
    if (!(Number.isInteger(value) && value >= 1 && value <= max)) {
      throw linkErrors.DLMS_LINK_NOT_ENCODABLE(`HDLC parameter ${name} ${value} (1 to ${max})`);
    }
    if (tag >= 0x07) out.push(tag, 4, 0, 0, 0, value);
    else if (value > 0xff) out.push(tag, 2, value >>> 8, value & 0xff);
    else out.push(tag, 1, value);
  }
  out[2] = out.length - 3;
  return Uint8Array.from(out);
}

/**
 * The parameters in an information field; defaults for what it leaves away, larger values cut to the
 * largest there is. Raises DLMS_LINK_PARAMETERS.
 */
export function decodeHdlcParameters(information: Uint8Array): HdlcParameters {
  const out = { ...defaultHdlcParameters };
  if (information.length === 0) return out;
  if (
    information[0] !== 0x81 ||
    information[1] !== 0x80 ||
    (information[2] ?? 255) > information.length - 3
  ) {
    throw linkErrors.DLMS_LINK_PARAMETERS('not a parameter field: 81 80 and its length are wrong');
  }
  const end = 3 + information[2]!;
  for (let at = 3; at < end; ) {
    const [tag, length] = [information[at]!, information[at + 1] ?? 255];
    if (at + 2 + length > end) throw linkErrors.DLMS_LINK_PARAMETERS(`parameter ${tag} is cut off`);
    const field = fields.find(([known]) => known === tag);
    if (field !== undefined) {
      let value = 0;
      for (let i = 0; i < length; i++) value = value * 256 + information[at + 2 + i]!;
      if (value < 1) throw linkErrors.DLMS_LINK_PARAMETERS(`parameter ${field[1]} is ${value}`);
      out[field[1]] = Math.min(value, field[2]);
    }
    at += 2 + length;
  }
  return out;
}

/** What `mine` comes to when the other side says `theirs`: no side sends more than the other takes. */
export function negotiate(mine: HdlcParameters, theirs: HdlcParameters): HdlcParameters {
  return {
    transmitBytes: Math.min(mine.transmitBytes, theirs.receiveBytes),
    receiveBytes: Math.min(mine.receiveBytes, theirs.transmitBytes),
    transmitWindow: Math.min(mine.transmitWindow, theirs.receiveWindow),
    receiveWindow: Math.min(mine.receiveWindow, theirs.transmitWindow),
  };
}

/** Whether all four are alike. */
export function sameParameters(a: HdlcParameters, b: HdlcParameters): boolean {
  return fields.every(([, name]) => a[name] === b[name]);
}
