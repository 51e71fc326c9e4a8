/** What meters send, made once: many meters of a kind, so that nothing is remembered of one alone. */
import {
  type AesKey,
  encodeRecords,
  encodeWirelessTelegram,
  type MbusAddress,
  mbusKey,
} from '@openami/wire/mbus';
import { encodeP1, p1HexText } from '@openami/wire/p1';
import { encodeSmlFile, type SmlEntry, serverIdOf } from '@openami/wire/sml';

export interface WirelessCorpus {
  readonly telegrams: readonly Uint8Array[];
  /** By meter id. */
  readonly keys: ReadonlyMap<string, AesKey>;
  /** What is encrypted in each: its key, IV and bytes. */
  readonly sealed: readonly { readonly key: AesKey; readonly iv: Uint8Array; readonly bytes: Uint8Array }[];
}

/** Bytes before what is encrypted: link layer, CI and short header. */
const HEADER_BYTES = 15;

/** Water meters with seven values, each with a key of its own; security mode 5. */
export function wirelessCorpus(meters: number): WirelessCorpus {
  const keys = new Map<string, AesKey>();
  const telegrams: Uint8Array[] = [];
  for (let n = 0; n < meters; n++) {
    const meter: MbusAddress = { manufacturer: 'DME', id: digits(n), version: 0x70, type: 7 };
    const key = mbusKey(Uint8Array.from({ length: 16 }, (_, i) => n * 31 + i * 7)) as AesKey;
    keys.set(meter.id, key);
    const payload = waterRecords(n);
    telegrams.push(
      encodeWirelessTelegram({
        ...{ meter, payload, header: 'short', accessNumber: n & 0xff, security: { mode: 5, key } },
      }),
    );
  }
  const sealed = telegrams.map((bytes, n) => ({
    ...{ key: keys.get(digits(n))!, iv: new Uint8Array(16), bytes: bytes.slice(HEADER_BYTES) },
  }));
  return { telegrams, keys, sealed };
}

function waterRecords(n: number): Uint8Array {
  const day = { type: 'G' as const, year: 2025, month: 12, day: 31, hour: 0, minute: 0, second: 0 };
  const volume = { quantity: 'volume', unit: 'm3', power: -3, field: 'int32' } as const;
  return encodeRecords([
    { ...volume, value: 417_250 + n },
    { ...volume, value: 401_000 + n, storage: 1 },
    { quantity: 'date', field: 'int16', value: { ...day, summerTime: false }, storage: 1 },
    { ...volume, value: 390_000 + n, storage: 3 },
    { quantity: 'volume-flow', unit: 'm3/h', power: -3, field: 'int32', value: n % 900 },
    { quantity: 'flow-temperature', unit: 'degC', power: -1, field: 'int16', value: 180 + (n % 70) },
    { quantity: 'error-flags', field: 'int16', value: 0 },
  ]);
}

const digits = (n: number): string => String(26_000_000 + n);

/** Files of household meters, as they send them every second. */
export function smlCorpus(meters: number): Uint8Array[] {
  return Array.from({ length: meters }, (_, n) => {
    const serverId = serverIdOf(`1OAM00${digits(n)}`)!;
    const message = { groupNo: 0, abortOnError: 0 };
    const fileId = Uint8Array.of(0, n >> 8, n);
    const entry = (obis: readonly number[], unit: number, value: number): SmlEntry => ({
      ...{ objName: Uint8Array.from([1, 0, ...obis, 255]), unit, scaler: -1 },
      value: { type: 'integer', value, bytes: 8 },
    });
    const entries = [
      entry([1, 8, 0], 30, 123_456_789 + n),
      entry([1, 8, 1], 30, 100_000_000 + n),
      entry([1, 8, 2], 30, 23_456_789),
      entry([2, 8, 0], 30, 41 + n),
      ...[16, 36, 56, 76].map((c) => entry([c, 7, 0], 27, 4_000 + n)),
      ...[32, 52, 72].map((c) => entry([c, 7, 0], 35, 2_300 + (n % 60))),
    ];
    return encodeSmlFile([
      {
        ...{ ...message, transactionId: Uint8Array.of(1, n) },
        body: { type: 'open-response', reqFileId: fileId, serverId, smlVersion: 1 },
      },
      {
        ...{ ...message, transactionId: Uint8Array.of(2, n) },
        body: { type: 'get-list-response', serverId, entries },
      },
      { ...{ ...message, transactionId: Uint8Array.of(3, n) }, body: { type: 'close-response' } },
    ]);
  });
}

/** Telegrams of DSMR 5 with three phases and a gas meter. */
export function p1Corpus(meters: number): Uint8Array[] {
  return Array.from({ length: meters }, (_, n) => {
    const one = (address: string, value: string, unit?: string) => ({
      ...{ address, values: [unit === undefined ? { value } : { value, unit }] },
    });
    const phases = [0, 20, 40].flatMap((add) => [
      one(`1-0:${32 + add}.7.0`, `23${n % 10}.1`, 'V'),
      one(`1-0:${31 + add}.7.0`, '002', 'A'),
      one(`1-0:${21 + add}.7.0`, `00.${100 + (n % 800)}`, 'kW'),
      one(`1-0:${22 + add}.7.0`, '00.000', 'kW'),
    ]);
    return encodeP1({
      identification: { maker: 'OAM', baudCode: '5', text: '\\2SIM-5' },
      records: [
        one('1-3:0.2.8', '50'),
        one('0-0:1.0.0', `260303${String(100_000 + (n % 60)).slice(-6)}W`),
        one('0-0:96.1.1', p1HexText(`E00${digits(n)}26`)),
        ...['1.8.1', '1.8.2', '2.8.1', '2.8.2'].map((code) =>
          one(`1-0:${code}`, `00${1_000 + n}.567`, 'kWh'),
        ),
        one('0-0:96.14.0', '0002'),
        one('1-0:1.7.0', '00.428', 'kW'),
        one('1-0:2.7.0', '00.000', 'kW'),
        one('0-0:96.7.21', '00004'),
        one('0-0:96.7.9', '00002'),
        ...phases,
        one('0-1:24.1.0', '003'),
        one('0-1:96.1.0', p1HexText(`G00${digits(n)}65`)),
        { address: '0-1:24.2.1', values: [{ value: '260303100500W' }, { value: '00321.500', unit: 'm3' }] },
      ],
    });
  });
}
