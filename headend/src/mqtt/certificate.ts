import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { MqttIdentity } from './types.ts';

/** Fingerprint of a connection's client certificate; undefined where none is shown or it does not hold. */
export function certificateOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  return socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** Closes a connection whose certificate has ended since it was opened; true where it did. */
export function closeEnded(client: { close(): void }, identity: MqttIdentity | undefined): boolean {
  // by the real time, as TLS does
  if (identity?.endsMs === undefined || Date.now() < identity.endsMs) return false;
  client.close();
  return true;
}
