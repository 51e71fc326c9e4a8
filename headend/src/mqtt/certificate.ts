import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Fingerprint of a connection's client certificate; undefined where none is shown or it does not hold. */
export function certificateOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  return socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase();
}
