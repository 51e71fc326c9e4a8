/** Telegrams out of the ports of meters that stand in no house. */
import { encodeIecMessage, findIdentification } from '@openami/wire/iec62056-21';
import { encodeP1, p1HexText, p1Key, p1TimeText, sealP1 } from '@openami/wire/p1';
import { encodeSmlFile, serverIdOf } from '@openami/wire/sml';

export const meterId = 'E0099000123456726';
export const gasId = 'G0099000765432126';
export const plate = '1OAM0012345678';
export const title = new TextEncoder().encode('OAM\x01\x02\x03\x04\x05');
export const titleName = '4F414D0102030405';
export const portKeyHex = '000102030405060708090a0b0c0d0e0f';
export const portKeyBytes = Uint8Array.from({ length: 16 }, (_, i) => i);
/** The one that is published for Luxembourg. */
export const authenticationKey = Uint8Array.from({ length: 16 }, (_, i) => i * 0x11);

const one = (address: string, value: string, unit?: string) => ({
  address,
  values: [unit === undefined ? { value } : { value, unit }],
});

/** A household with a gas meter behind it. */
export function p1Bytes(atS: number, kWh: string, of: { id?: string; gas?: string } = {}): Uint8Array {
  const { id = meterId, gas = '00321.500' } = of;
  return encodeP1({
    identification: { maker: 'OAM', baudCode: '5', text: '\\2SIM-1' },
    records: [
      one('1-3:0.2.8', '50'),
      one('0-0:1.0.0', p1TimeText(atS, false)),
      one('0-0:96.1.1', p1HexText(id)),
      one('1-0:1.8.1', kWh, 'kWh'),
      one('1-0:1.7.0', '00.428', 'kW'),
      one('0-1:24.1.0', '003'),
      one('0-1:96.1.0', p1HexText(gasId)),
      {
        address: '0-1:24.2.1',
        values: [{ value: p1TimeText(atS - 300, false) }, { value: gas, unit: 'm3' }],
      },
    ],
  });
}

export function sealedP1(atS: number, kWh: string, counter: number, key = portKeyBytes): Uint8Array {
  return sealP1(p1Bytes(atS, kWh), p1Key(key, authenticationKey), title, counter);
}

export function smlBytes(tenthsWh: number, of = plate): Uint8Array {
  const serverId = serverIdOf(of)!;
  const objName = Uint8Array.of(1, 0, 1, 8, 0, 255);
  const value = { type: 'unsigned', value: tenthsWh, bytes: 8 } as const;
  const head = { groupNo: 0, abortOnError: 0 };
  const reqFileId = Uint8Array.of(1);
  return encodeSmlFile([
    { ...head, transactionId: Uint8Array.of(1), body: { type: 'open-response', reqFileId, serverId } },
    {
      ...{ ...head, transactionId: Uint8Array.of(2) },
      body: { type: 'get-list-response', serverId, entries: [{ objName, unit: 30, scaler: -1, value }] },
    },
    { ...head, transactionId: Uint8Array.of(3), body: { type: 'close-response' } },
  ]);
}

const identification = findIdentification('/OAM5SIM21')!;

/** A readout after a sign-on; `id` empty: the meter does not say who it is. */
export function readoutBytes(kWh: string, id = '00012345'): Uint8Array {
  const records = [...(id === '' ? [] : [one('0.0.0', id)]), one('1.8.0', kWh, 'kWh'), one('F.F', '00')];
  return Buffer.concat([
    encodeIecMessage({ kind: 'identification', ...identification }),
    encodeIecMessage({ kind: 'data', records, isReadout: true, isLast: true }),
  ]);
}

/** A telegram of mode D, which meters send by themselves. */
export function pushBytes(kWh: string, id = '0273011003684'): Uint8Array {
  const records = [one('1-0:0.0.0*255', id), one('1-0:1.8.0*255', kWh, 'kWh')];
  return encodeIecMessage({ kind: 'push', identification, records, trailer: '' });
}
