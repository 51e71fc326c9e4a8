/**
 * The answer to a client of MQTT 5, which reads a CONNACK of 3.1.1 as a broken one. It gets its own: reason
 * 0x84, unsupported protocol version (MQTT 5, 3.2.2.2), with a reason string that says what to do.
 */
import type { Client, ConnectPacket } from 'aedes';
import { mqttErrors } from '../errors.ts';

const connack = 0x20;
const unsupportedVersion = 0x84;
const reasonString = 0x1f;

const reason = 'OpenAMI speaks MQTT 3.1.1: set the protocol version of the client to 3.1.1 (4)';

/** True for MQTT 5 and whatever comes after it. */
export function isNewerVersion({ protocolVersion }: ConnectPacket): boolean {
  // Bit 7 marks a bridge.
  return ((protocolVersion as number) & 0x7f) > 4;
}

/** Sends the refusal, ends the connection, hands back the error. */
export function refuseNewerVersion(client: Client, done: (error: Error) => void): void {
  const error = mqttErrors.MQTT_VERSION();
  client.conn.end(newerRefusal(), () => done(error));
}

function newerRefusal(): Uint8Array {
  const text = Buffer.from(reason, 'utf8');
  const properties = [reasonString, text.length >> 8, text.length & 0xff, ...text];
  const body = [0, unsupportedVersion, properties.length, ...properties];
  return Uint8Array.from([connack, body.length, ...body]);
}
