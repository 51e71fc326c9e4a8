/**
 * Decoders of makers' own formats, by the names that model files use. Telegrams go `throughDiehl` first: its
 * meters send their address in another order, and may hide their records.
 */
import { decode08, decode172, decodeEitn, decodeEitn40 } from './apator.ts';
import { decode as decodeApator162 } from './apator-162.ts';
import { decode as decodeNa1 } from './apator-na1.ts';
import { decodeHydroclima, decodeHydroclimaTemperatures, decodeHydrodigit, decodeRfmTx1 } from './bmeters.ts';
import type { ProprietaryDecoder } from './input.ts';
import { decode as decodeIzar, decodeTarget as decodeIzarTarget } from './izar.ts';
import { decodeDue, decodeLast, decodeSetDate, decodeTarget } from './qundis.ts';
import { decodeBfw240, decodeGwfGas, decodeGwfWater, decodeZenner0b } from './small.ts';
import {
  decodeCompact5,
  decodeFhkv3,
  decodeMkRadio3,
  decodeMkRadio3a,
  decodeMkRadio4,
  decodeTs2,
  decodeVario451,
} from './techem.ts';

export { meterOf, throughDiehl } from './diehl.ts';

export const decoders: Readonly<Record<string, ProprietaryDecoder>> = {
  apator08: decode08,
  apator162: decodeApator162,
  apator172: decode172,
  apatoreitn: decodeEitn,
  apatoreitn40: decodeEitn40,
  apatorna1: decodeNa1,
  bfw240radio: decodeBfw240,
  compact5: decodeCompact5,
  fhkvdataiii: decodeFhkv3,
  gwfgas: decodeGwfGas,
  gwfwater: decodeGwfWater,
  hydroclima: decodeHydroclimaTemperatures,
  hydroclimav2: decodeHydroclima,
  hydrodigit: decodeHydrodigit,
  izar: decodeIzar,
  izarv2: decodeIzarTarget,
  mkradio3: decodeMkRadio3,
  mkradio3a: decodeMkRadio3a,
  mkradio4: decodeMkRadio4,
  qcaloric: decodeSetDate,
  qheat: decodeLast,
  qheatv2: decodeTarget,
  qwater: decodeDue,
  qwaterv2: decodeTarget,
  rfmtx1: decodeRfmTx1,
  tsd2: decodeTs2,
  vario451: decodeVario451,
  zenner0b: decodeZenner0b,
};
