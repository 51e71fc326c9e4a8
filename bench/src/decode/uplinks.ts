/**
 * LoRaWAN uplinks as a network server publishes them: broker, codec in its sandbox, mapping, pipeline,
 * writer, fsync, PUBACK. The load comes from a process of its own on the same cores; the ceiling beside it is
 * the bare broker, acknowledging at once, same load.
 */
import { type Ingest, InMemoryDirectory, telegramTaker } from '@openami/headend';
import { type CodecDefinition, CodecHost, LorawanIntake } from '@openami/headend/lorawan';
import { readingTypes, systemClock } from '@openami/model';
import { decodeChirpstack } from '@openami/wire/lorawan';
import { CpuMeter } from '../cpu.ts';
import { benchDevEui } from '../mqtt-load.ts';
import { runThroughBroker } from '../mqtt-run.ts';

export interface UplinkBenchOptions {
  readonly seconds: number;
  readonly devices?: number | undefined;
  readonly progress: (line: string) => void;
}

const codec: CodecDefinition = {
  ...{ id: 'bench/water', vendor: 'Bench', models: ['water'], fPorts: [2], decoder: 'script', examples: [] },
  script: `
    function u32(bytes, at) {
      return bytes[at] + bytes[at + 1] * 256 + bytes[at + 2] * 65536 + bytes[at + 3] * 16777216;
    }
    function decodeUplink(input) {
      var bytes = input.bytes;
      var warnings = [];
      if (bytes[0] & 1) warnings.push('leak');
      return {
        data: {
          at: input.fCnt,
          volume: u32(bytes, 1) / 1000,
          temperature: bytes[5] - 40,
          battery: bytes[6] / 10,
        },
        warnings: warnings,
      };
    }`,
  mapping: { series: [{ value: 'volume', quantity: '8-0:1.0.0', unit: 'm3', time: 'at' }] },
};

/**
 * Figures: uplinksPerSecond, uplinkBarePerSecond, uplinkRatio; processor time of an uplink by process in
 * uplinkCpuMs, and what a core carries by it, whatever else the machine does, in uplinksPerSecondPerCore.
 */
export async function benchUplinks({ seconds, devices = 10_000, progress }: UplinkBenchOptions) {
  const firstEnd = Math.floor(systemClock.nowMs() / 1_000) - 500 * 86_400;
  const host = new CodecHost();
  try {
    const { perSecond, barePerSecond, ratio, p50Ms, p99Ms, stored, cost } = await runThroughBroker({
      load: { form: 'chirpstack', connections: 100, window: 40, meters: devices, firstEnd },
      ...{ seconds, directory: directory(devices) },
      broker: (ingest) => ({
        verify: async (name) => ({ name }),
        takers: [telegramTaker(uplinkTaker(ingest, host))],
      }),
      watch: ({ engine }) => {
        const cpu = new CpuMeter({ headend: process.pid, codecs: host.pid, store: engine.status().pid ?? 0 });
        return (uplinks) => cpu.per(uplinks);
      },
      progress: (line) => progress(`uplinks: ${line}`),
    });
    return {
      ...{ uplinksPerSecond: perSecond, uplinkBarePerSecond: barePerSecond, uplinkRatio: ratio },
      ...{ uplinkP50Ms: p50Ms, uplinkP99Ms: p99Ms, uplinksStored: stored, uplinkCpuMs: cost },
      uplinksPerSecondPerCore: Math.round(1_000 / Object.values(cost).reduce((sum, ms) => sum + ms, 0)),
    };
  } finally {
    host.close();
  }
}

/** What the broker hands bodies to: an uplink is decoded, then stored, and its counter is remembered last. */
function uplinkTaker(ingest: Ingest, runner: CodecHost) {
  const intake = new LorawanIntake({ runner, codecs: { codecOf: () => codec }, decoders: new Map() });
  return async (lane: string, payload: Uint8Array): Promise<void> => {
    const event = decodeChirpstack(payload, 'up');
    const receivedMs = systemClock.nowMs();
    const outcome = event.type === 'up' ? await intake.take(event, receivedMs) : undefined;
    if (outcome?.kind !== 'message') throw new Error(`an uplink became ${JSON.stringify(outcome)}`);
    const messages = [outcome.message];
    await ingest.accept({ source: 'lorawan', messages, frame: payload.slice(), receivedMs, lane });
    outcome.settle();
  };
}

function directory(devices: number): InMemoryDirectory {
  const all = new InMemoryDirectory();
  for (let n = 0; n < devices; n++) {
    const channel = {
      ...{ id: n + 1, meterId: n + 1, commodity: 'water' as const, obis: '8-0:1.0.0*255' },
      ...{ readingType: readingTypes.waterRegister, intervalS: 0, resolution: 1_000, unit: 'm3' },
    };
    const installed = { installedFrom: 0, installedUntil: Number.POSITIVE_INFINITY };
    all.put({ devices: [benchDevEui(n)], channel, ...installed });
  }
  return all;
}
