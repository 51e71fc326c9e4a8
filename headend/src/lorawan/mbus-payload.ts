/** The built-in decoder `mbus`: payloads that are application data of M-Bus (EN 13757-3). */
import type { PushMessage } from '@openami/wire';
import { decodeApplication, type MbusKey } from '@openami/wire/mbus';
import type { ModelSet } from '@openami/wire/models';
import { messageOf } from '../radio/intake.ts';
import type { PayloadDecoder } from './intake.ts';

export interface MbusPayloadOptions {
  readonly models: ModelSet;
  /** How far the clocks of meters are ahead of UTC in winter, seconds. */
  readonly offsetS: number;
  /** The key of a device's meter, where it has one. */
  readonly keyOf: (devEui: string) => Promise<MbusKey | undefined>;
}

/** Readings are under the DevEUI, whatever meter a header names: the frame proves who sends it. */
export function mbusPayloadDecoder({ models, offsetS, keyOf }: MbusPayloadOptions): PayloadDecoder {
  return {
    async decode(bytes, { devEui, frameMs }, { mbus = {} }) {
      const { offset = 0, header = 'ci', deviceType = 0 } = mbus;
      const key = await keyOf(devEui);
      const telegram = decodeApplication(bytes.subarray(offset), {
        ...{ bare: header === 'none', key, partial: true },
        meter: { manufacturer: '', id: '', version: 0, type: deviceType },
      });
      // what is known of it before it breaks off stands; where nothing is, the payload is none
      if (telegram.problem !== undefined && telegram.records.length === 0) throw telegram.problem;
      const given = { models, atMs: frameMs, offsetS, key };
      return messageOf(telegram, devEui, given) ?? nothing(devEui);
    },
  };
}

function nothing(device: string): PushMessage {
  return { device, sentMs: 0, series: [], events: [], rejects: [], rejectCount: 0 };
}
