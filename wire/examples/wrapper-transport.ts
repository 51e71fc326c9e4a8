/** The wrapper over a TCP socket as a transport of `DlmsClient`: one APDU there, one back. */
import type { Socket } from 'node:net';
import { type DlmsTransport, encodeWrapper, WrapperDecoder } from '@openami/wire/dlms';

interface Waiting {
  take(apdu: Uint8Array): void;
  fail(error: Error): void;
}

/**
 * `client` is the address of the client (16 the public one), `meter` that of the logical device (mostly 1).
 * Time-outs are those of the signal handed to the calls of the client.
 */
export function wrapperTransport(
  socket: Socket,
  { client, meter }: { client: number; meter: number },
): DlmsTransport {
  const decoder = new WrapperDecoder();
  let waiting: Waiting | undefined;
  const end = (error: Error): void => {
    waiting?.fail(error);
    waiting = undefined;
  };
  socket.on('data', (chunk) => {
    for (const { frame, error } of decoder.push(Uint8Array.from(chunk as Buffer))) {
      if (error !== undefined) end(error);
      // what comes too late, and what is for others on this connection, is passed over
      else if (frame.source === meter && frame.destination === client) {
        waiting?.take(frame.apdu);
        waiting = undefined;
      }
    }
  });
  socket.on('error', end);
  socket.on('close', () => end(new Error('the connection was closed')));
  return {
    exchange: (apdu) =>
      new Promise((take, fail) => {
        waiting = { take, fail };
        socket.write(encodeWrapper({ source: client, destination: meter, apdu }));
      }),
  };
}
