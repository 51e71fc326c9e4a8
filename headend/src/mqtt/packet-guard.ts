/**
 * Refuses a packet by the length its header tells, before its bytes are gathered: MQTT lets a packet
 * announce 256 MB. Aedes has no such limit, so this looks into the parser it gave the client, which
 * calls `_parseLength` when the length is known.
 */
import type { Client } from 'aedes';
import { mqttErrors } from '../errors.ts';

interface Parser {
  packet: { length: number };
  _parseLength(): boolean;
  emit(event: 'error', error: Error): boolean;
}

/** Watches a client's packets; `limitBytes` is asked for every packet. */
export function guardPacketSize(client: Client, limitBytes: () => number): void {
  const parser = (client as unknown as { _parser?: Parser })._parser;
  if (typeof parser?._parseLength !== 'function') throw new Error('the MQTT parser of aedes has changed');
  const parseLength = parser._parseLength.bind(parser);
  parser._parseLength = () => {
    const known = parseLength();
    if (!known || parser.packet.length <= limitBytes()) return known;
    parser.emit('error', mqttErrors.MQTT_PACKET_TOO_LARGE(`${parser.packet.length} bytes`));
    return false;
  };
}
