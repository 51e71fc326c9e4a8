/** Ciphered pushes: from the socket through decoding and deciphering to the store. */
import {
  createIngest,
  type Ingest,
  type IngestReceipt,
  InMemoryDirectory,
  ingestSink,
  nodeCrypto,
  type PushSender,
  PushSenders,
  startPushListener,
  titleName,
} from '@openami/headend';
import { readingTypes, systemClock } from '@openami/model';
import { demoKeys, demoTitle } from '@openami/sim';
import { cipherKey } from '@openami/wire/dlms';
import { CpuMeter } from '../cpu.ts';
import { faultLog } from '../types.ts';
import { installed, pidsOf, type Surroundings } from './common.ts';
import { benchSeed, type PushLoad, pushSerial } from './push-load.ts';

export interface PushRun {
  readonly pushes: number;
  readonly meters: number;
}

/** Pushes of as many meters, until all are stored. */
export async function benchPushes(around: Surroundings, { pushes, meters }: PushRun) {
  const { store, progress, meters: other } = around;
  const directory = new InMemoryDirectory();
  const senders = new Map<string, PushSender>();
  for (let n = 0; n < meters; n++) {
    const serial = pushSerial(n);
    const channel = {
      ...{
        id: 1_000_001 + n,
        meterId: 1_000_001 + n,
        commodity: 'electricity' as const,
        obis: '1-0:1.8.0*255',
      },
      ...{ readingType: readingTypes.deliveredRegister, intervalS: 0, resolution: 1_000, unit: 'kWh' },
    };
    directory.put({ devices: [serial], channel, ...installed });
    senders.set(titleName(hex(demoTitle(serial))), senderOf(serial, channel.meterId));
  }
  const ingest = createIngest({ directory, sink: store.writer, clock: systemClock, log: faultLog });
  let isDone = (): void => {};
  let waitsFor = 0;
  let taken = 0;
  const listener = await startPushListener({
    host: '127.0.0.1',
    tcpPort: 0,
    clock: systemClock,
    senders: new PushSenders({
      load: async (names) => new Map(names.map((name) => [name, senders.get(name)!])),
    }),
    sink: ingestSink({
      ingest: counting(ingest, (accepted) => {
        taken += accepted;
        if (taken >= waitsFor) isDone();
      }),
      source: 'sim',
      onRefusal: ({ error }) => {
        throw error;
      },
    }),
  });
  const nowS = Math.floor(systemClock.nowMs() / 1000);
  let cpu = new CpuMeter({});
  const run = async (rounds: number, firstS: number): Promise<number> => {
    const load: PushLoad = { port: listener.tcpPort!, connections: 16, meters, rounds, firstS };
    await other.ask({ kind: 'push', ...load }, 'sealed');
    progress('sealed');
    taken = 0;
    waitsFor = rounds * meters;
    const done = new Promise<void>((resolve) => {
      isDone = resolve;
    });
    cpu = new CpuMeter(pidsOf(around));
    const startedMs = performance.now();
    await Promise.all([other.ask('go', 'sent'), done]);
    return (performance.now() - startedMs) / 1000;
  };
  const rounds = Math.ceil(pushes / meters);
  const before = store.writer.stats().stored;
  const seconds = await run(rounds, nowS - rounds * 60);
  const stored = store.writer.stats().stored - before;
  if (stored !== rounds * meters) throw new Error(`${rounds * meters} pushes, ${stored} stored`);
  await listener.close();
  await ingest.close();
  const count = rounds * meters;
  return { pushesPerSecond: Math.round(count / seconds), cpuMsPerPush: cpu.per(count) };
}

/** As the vault would give it. */
function senderOf(device: string, meterId: number): PushSender {
  const { unicast, authentication } = demoKeys(benchSeed, device, 0);
  const mark = { key: { meterId, kind: 'guek' as const, version: 1 }, last: -1 };
  return {
    ...{ device, meterId, commodity: 'electricity', protection: 'auth-encrypt', broadcast: [] },
    unicast: [{ cipher: cipherKey(nodeCrypto, 0, unicast, authentication), mark }],
  };
}

/** Tells what was accepted, once it is stored. */
function counting(ingest: Ingest, tell: (accepted: number) => void): Ingest {
  const told = async (receipt: Promise<IngestReceipt>): Promise<IngestReceipt> => {
    tell((await receipt).accepted);
    return receipt;
  };
  return {
    ...{ metrics: ingest.metrics, close: () => ingest.close() },
    accept: (input) => told(ingest.accept(input)),
    acceptRegisters: (...given) => told(ingest.acceptRegisters(...given)),
    acceptSeries: (...given) => ingest.acceptSeries(...given),
    acceptStream: (...given) => ingest.acceptStream(...given),
    refuse: (...given) => ingest.refuse(...given),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
