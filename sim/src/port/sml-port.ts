/** Files of an optical port that speaks SML: registers and power, under a name of DIN 43863-5. */
import { encodeSmlFile, type SmlEntry, type SmlMessageToSend, serverIdOf } from '@openami/wire/sml';
import { digitsOf, MANUFACTURER } from '../protocols.ts';
import type { Household } from './household.ts';

/** COSEM codes of units. */
const [wattHour, watt] = [30, 27];
const importName = [1, 0, 1, 8, 0, 255];
const exportName = [1, 0, 2, 8, 0, 255];
const powerName = [1, 0, 16, 7, 0, 255];
const deviceName = [1, 0, 96, 1, 0, 255];

/** As the plate of a simulated meter shows it: `1OAM0001000001`. */
export function smlPlateOf(serial: string): string {
  return `1${MANUFACTURER}00${digitsOf(serial)}`;
}

/** A file; registers in tenths of a watt-hour, as most meters have them. */
export function smlFile({ serial, atS, importWh, exportWh, powerW }: Household): Uint8Array<ArrayBuffer> {
  const serverId = serverIdOf(smlPlateOf(serial))!;
  const register = (objName: readonly number[], wh: number): SmlEntry => ({
    ...{ objName: Uint8Array.from(objName), unit: wattHour, scaler: -1 },
    value: { type: 'integer', value: wh * 10, bytes: 8 },
  });
  const entries: SmlEntry[] = [
    { objName: Uint8Array.from(deviceName), value: { type: 'octets', octets: serverId } },
    register(importName, importWh),
    register(exportName, exportWh),
    {
      ...{ objName: Uint8Array.from(powerName), unit: watt, scaler: 0 },
      value: { type: 'integer', value: Math.round(powerW), bytes: 4 },
    },
  ];
  const message = (number: number, body: SmlMessageToSend['body']): SmlMessageToSend => ({
    ...{ transactionId: Uint8Array.of(0, 0, (atS >> 8) & 0xff, atS & 0xff, number), groupNo: 0 },
    ...{ abortOnError: 0, body },
  });
  return encodeSmlFile([
    message(1, {
      ...{ type: 'open-response', reqFileId: Uint8Array.of(0, atS & 0xff), serverId, smlVersion: 1 },
    }),
    message(2, {
      ...{ type: 'get-list-response', serverId, listName: Uint8Array.of(1, 0, 98, 10, 255, 255) },
      actSensorTime: { kind: 'timestamp', seconds: atS },
      entries,
    }),
    message(3, { type: 'close-response' }),
  ]);
}
