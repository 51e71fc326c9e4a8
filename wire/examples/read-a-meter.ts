/**
 * Reads a day of quarter hours over TCP, with HLS-GMAC and every service authenticated and encrypted.
 *
 *   node --import tsx --conditions=@openami/source wire/examples/read-a-meter.ts
 */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server } from 'node:net';
import { acceptCounter, DlmsClient, encodeWrapper, nobleCrypto, WrapperDecoder } from '@openami/wire/dlms';
import {
  authenticationKey,
  clientTitle,
  DAY_S,
  encryptionKey,
  exampleMeter,
  LOAD_PROFILE,
  MANAGEMENT,
  meterTitle,
} from './meter.ts';
import { wrapperTransport } from './wrapper-transport.ts';

const METER_PORT = 1;

/** The meter's side: frames in, frames out. */
function listen(): Server {
  const meter = exampleMeter();
  return createServer((socket) => {
    const decoder = new WrapperDecoder();
    socket.on('data', (chunk) => {
      for (const { frame } of decoder.push(Uint8Array.from(chunk as Buffer))) {
        const apdu = frame && meter.handle(frame.apdu, { clientSap: frame.source });
        if (apdu !== undefined) {
          socket.write(encodeWrapper({ source: METER_PORT, destination: frame!.source, apdu }));
        }
      }
    });
    socket.on('close', () => meter.disconnected(MANAGEMENT.clientSap));
  }).listen(0, '127.0.0.1');
}

const server = listen();
await once(server, 'listening');
const socket = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
await once(socket, 'connect');

// kept in a file or database in earnest: a counter that is used twice under a key gives it away
let nextCounter = 1;
let lowestReceived = 0;
const client = new DlmsClient(wrapperTransport(socket, { client: MANAGEMENT.clientSap, meter: METER_PORT }), {
  crypto: nobleCrypto,
  authentication: { mechanism: 'hls-gmac' },
  systemTitle: clientTitle,
  serverTitle: meterTitle,
  security: {
    suite: 0,
    protection: 'auth-encrypt',
    encryptionKey,
    authenticationKey,
    counters: {
      nextCounter: () => nextCounter++,
      checkReceived: (counter) => {
        lowestReceived = acceptCounter(counter, lowestReceived);
      },
    },
  },
});
const signal = AbortSignal.timeout(30_000);
await client.associate(signal);
const load = await client.describeProfile(LOAD_PROFILE, signal); // the same tomorrow: keep it
const { rows, timeS, columns } = await client.readProfile(
  load,
  { fromS: DAY_S, toS: DAY_S + 86_400 },
  signal,
);
await client.release(signal);
socket.end();
server.close();

const energy = columns.find(({ object }) => object.instance === '1.0.1.8.0.255')!;
console.log(`${rows} rows`);
for (const row of [0, rows - 1]) {
  console.log(new Date(timeS[row]! * 1_000).toISOString(), energy.raw[row], 'Wh');
}
