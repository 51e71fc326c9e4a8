/**
 * Opens what a meter pushes: HDLC frames in any chunking, enciphered, to readings with names and units.
 *
 *   node --import tsx --conditions=@openami/source wire/examples/open-a-push.ts
 */
import {
  cipherKey,
  clientAddress,
  encodeHdlcNotification,
  nobleCrypto,
  readingsOfApdu,
  serverAddress,
  TelegramStream,
} from '@openami/wire/dlms';
import { authenticationKey, encryptionKey, exampleMeter, MANAGEMENT, PUSH_SETUP } from './meter.ts';

/** What the meter sends when its push set-up is run: the bytes that a listener hears. */
function pushedBytes(): Uint8Array {
  const sent: Uint8Array[] = [];
  const meter = exampleMeter((apdu) => sent.push(meter.meter.seal(MANAGEMENT.securitySetup, apdu)));
  const setup = meter.meter.model.find(40, PUSH_SETUP)!;
  meter.meter.invoke(setup, 1, { type: 'integer', value: 0 });
  const link = { client: clientAddress(0x67), server: serverAddress(1) };
  return Buffer.concat(sent.flatMap((apdu) => encodeHdlcNotification(link, apdu)));
}

const key = cipherKey(nobleCrypto, 0, encryptionKey, authenticationKey);
// by the title of the sender, where there are many
const stream = new TelegramStream({ keyFor: () => key });
const bytes = pushedBytes();
for (let at = 0; at < bytes.length; at += 7) {
  for (const { apdu, error } of stream.push(bytes.subarray(at, at + 7))) {
    if (error !== undefined || apdu.opened === undefined) throw error ?? apdu?.error;
    const isAuthentic = apdu.opened.protections.every(({ verified }) => verified);
    console.log(isAuthentic ? 'authentic' : 'not authentic');
    for (const { obis, value, unit } of readingsOfApdu(apdu.opened)?.readings ?? []) {
      console.log(obis, value, unit ?? '');
    }
  }
}
