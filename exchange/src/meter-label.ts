/**
 * What stands on a meter, typed or scanned (QR code, bar code, Data Matrix):
 *
 *   LW:D0:70B3D57ED0000001:0011223344556677:AABB1122:SL-1   LoRaWAN (TR005): join EUI, device EUI, profile, …
 *   1KAM0012345678                                            device identification (DIN 43863-5)
 *   KAM 12345678, KAM-12345678                                maker and number, as wireless M-Bus has them
 *   00-11-22-33-44-55-66-77                                   an EUI-64
 *   anything else                                             a serial number
 */
import type { Commodity } from '@openami/model';

export interface MeterLabel {
  readonly kind: 'lorawan' | 'identification' | 'wmbus' | 'eui' | 'serial';
  /** The name by which its messages come: `KAM-12345678`, an EUI in lower case, the serial number. */
  readonly name: string;
  readonly serial?: string;
  readonly manufacturer?: string;
  readonly commodity?: Commodity;
  readonly joinEui?: string;
  readonly profile?: string;
}

const MAX_CHARS = 200;
const EUI = '[0-9A-F]{16}';
const loraWan = new RegExp(`^LW:D0:(${EUI}):(${EUI}):([0-9A-F]{8})((?::[A-Z][^:]*)*)$`, 'i');

/** Medium groups of OBIS, which DIN 43863-5 begins with. */
const media: Readonly<Record<string, Commodity>> = {
  '1': 'electricity',
  '4': 'heat',
  '5': 'heat',
  '6': 'heat',
  '7': 'gas',
  '8': 'water',
  '9': 'water',
};

/** What a text on a meter says; undefined for an empty one, and for one that is no label at all. */
export function parseMeterLabel(text: string): MeterLabel | undefined {
  const label = text.trim();
  if (label === '' || label.length > MAX_CHARS || /[\r\n\t]/.test(label)) return undefined;
  return ofLoraWan(label) ?? ofIdentification(label) ?? ofMaker(label) ?? ofEui(label) ?? ofSerial(label);
}

function ofLoraWan(label: string): MeterLabel | undefined {
  const found = loraWan.exec(label);
  if (!found) return undefined;
  const [, joinEui, devEui, profile, rest = ''] = found;
  const serial = /:S([^:]+)/i.exec(rest)?.[1];
  return {
    ...{ kind: 'lorawan', name: devEui!.toLowerCase(), joinEui: joinEui!.toLowerCase() },
    ...{ profile: profile!.toLowerCase(), ...(serial ? { serial } : {}) },
  };
}

function ofIdentification(label: string): MeterLabel | undefined {
  const found = /^([0-9A-F])\s?([A-Z]{3})\s?[0-9A-F]{2}\s?(\d{4})\s?(\d{4})$/i.exec(label);
  if (!found) return undefined;
  const [, medium, maker, high, low] = found;
  const manufacturer = maker!.toUpperCase();
  const serial = label.replace(/\s/g, '').toUpperCase();
  const commodity = media[medium!];
  return {
    ...{ kind: 'identification', name: `${manufacturer}-${high}${low}`, serial, manufacturer },
    ...(commodity ? { commodity } : {}),
  };
}

function ofMaker(label: string): MeterLabel | undefined {
  const found = /^([A-Z]{3})[\s-]?([0-9A-F]{8})$/i.exec(label);
  if (!found) return undefined;
  const manufacturer = found[1]!.toUpperCase();
  return { kind: 'wmbus', name: `${manufacturer}-${found[2]!.toLowerCase()}`, manufacturer };
}

function ofEui(label: string): MeterLabel | undefined {
  const eui = label.replace(/[\s:-]/g, '').toLowerCase();
  return /^[0-9a-f]{16}$/.test(eui) && !/^\d{16}$/.test(label) ? { kind: 'eui', name: eui } : undefined;
}

function ofSerial(label: string): MeterLabel | undefined {
  return /^[\w./ -]{1,64}$/.test(label) ? { kind: 'serial', name: label, serial: label } : undefined;
}
