/** Downlinks for any network server. */
import { lorawanErrors } from './errors.ts';

export interface DownlinkOrder {
  readonly devEui: string;
  /** The application (and for The Things Stack `application@tenant`) it belongs to. */
  readonly applicationId: string;
  /** What the server calls the device; The Things Stack only. */
  readonly deviceId?: string;
  /** The sender's own name, by which it knows its news again. ChirpStack wants a UUID. */
  readonly id: string;
  readonly fPort: number;
  readonly bytes: Uint8Array;
  readonly confirmed: boolean;
}

/** A message for a network server. */
export interface Publication {
  readonly topic: string;
  readonly payload: string;
}

/** Port and size that a downlink may have; what names it must not leave its place in a topic. */
export function checkOrder({ devEui, applicationId, deviceId = 'x', fPort, bytes }: DownlinkOrder): void {
  const wrong = (what: string) => lorawanErrors.LORAWAN_BAD_FIELD(what);
  if (!Number.isInteger(fPort) || fPort < 1 || fPort > 223) throw wrong(`fPort ${fPort}: not from 1 to 223`);
  if (bytes.length > 242) throw wrong(`${bytes.length} bytes of payload, at most 242`);
  if (!/^[0-9a-f]{16}$/.test(devEui)) throw wrong('devEui: not 16 lower-case hex digits');
  if (!/^[^/+#\0]{1,128}$/.test(applicationId)) throw wrong('applicationId: not a name without / + #');
  if (!/^[^/+#\0]{1,128}$/.test(deviceId)) throw wrong('deviceId: not a name without / + #');
}
