/** Full sessions: connection, HLS with GMAC, a ciphered day of two channels, release, durably stored. */
import {
  createIngest,
  type DeviceSeries,
  type Ingest,
  InMemoryDirectory,
  MemoryCounters,
  runSession,
} from '@openami/headend';
import { formatDay, Quality, readingTypes, systemClock, zoneTable } from '@openami/model';
import { type DlmsEndpoint, loadProfile } from '@openami/sim';
import type { ProfileDescription } from '@openami/wire/dlms';
import { CpuMeter } from '../cpu.ts';
import { faultLog } from '../types.ts';
import { accessOfEndpoint } from './access.ts';
import { inLanes, installed, pidsOf, type Surroundings, zone } from './common.ts';

/** Exchanges of a session: association, proof, profile, release. */
const APDUS_A_SESSION = 8;

export interface SessionsRun {
  readonly seconds: number;
  readonly meters: number;
  readonly lanes: number;
}

/** Full sessions, each of another meter and day. */
export async function benchSessions(around: Surroundings, { seconds, meters, lanes }: SessionsRun) {
  const { store, progress, meters: other } = around;
  // enough days that no row is read twice, however fast it goes
  const historyDays = Math.ceil((seconds * 4_000) / meters) + 2;
  const days = zoneTable(zone);
  const today = days.localDayOf(systemClock.nowMs() / 1000);
  const job = { kind: 'listen', meters, historyDays, start: formatDay(today - historyDays) } as const;
  const { endpoints } = await other.ask(job, 'endpoints');
  const ingest = createIngest({
    directory: directoryOf(endpoints),
    sink: store.writer,
    clock: systemClock,
    log: faultLog,
  });
  const reader = new DayReader(endpoints, ingest);
  const dayOf = (n: number): number => today - historyDays + Math.floor(n / meters);
  let next = 0;
  const one = (): Promise<number> => {
    const n = next++;
    const day = dayOf(n);
    return reader.read(n % meters, days.dayStart(day) + 900, days.dayStart(day + 1));
  };
  await inLanes(lanes, 500, one);
  progress('warm');
  const stored = store.writer.stats().stored;
  const cpu = new CpuMeter(pidsOf(around));
  const startedMs = performance.now();
  let sessions = 0;
  let rows = 0;
  await inLanes(lanes, Number.POSITIVE_INFINITY, async () => {
    const stored = await one();
    rows += stored;
    sessions++;
    return performance.now() - startedMs < seconds * 1000 && next < historyDays * meters;
  });
  const elapsedS = (performance.now() - startedMs) / 1000;
  const readings = store.writer.stats().stored - stored;
  if (readings !== rows) throw new Error(`${rows} readings read, ${readings} stored`);
  await ingest.close();
  return {
    sessionsPerSecond: Math.round(sessions / elapsedS),
    apdusPerSecond: Math.round((sessions * APDUS_A_SESSION) / elapsedS),
    readingsPerSecond: Math.round(rows / elapsedS),
    cpuMsPerSession: cpu.per(sessions),
  };
}

/** Reads one day of one meter and hands it to the pipeline. */
class DayReader {
  readonly #endpoints: readonly DlmsEndpoint[];
  readonly #ingest: Ingest;
  readonly #counters: MemoryCounters[];
  /** The same for all meters of a configuration: read once. */
  #description: ProfileDescription | undefined;

  constructor(endpoints: readonly DlmsEndpoint[], ingest: Ingest) {
    this.#endpoints = endpoints;
    this.#ingest = ingest;
    this.#counters = endpoints.map(() => new MemoryCounters());
  }

  /** Readings that were stored. */
  async read(index: number, fromS: number, toS: number): Promise<number> {
    const endpoint = this.#endpoints[index]!;
    const access = accessOfEndpoint(endpoint, { counters: this.#counters[index]! });
    const outcome = await runSession(access, async ({ client }) => {
      this.#description ??= await client.describeProfile(loadProfile);
      return await client.readProfile(this.#description, { fromS, toS });
    });
    if (!outcome.ok) throw outcome.error;
    const { columns, timeS, rows } = outcome.value;
    const series = ['1-0:1.29.0*255', '1-0:2.29.0*255'].map((quantity, i): DeviceSeries => {
      const value = columns[i + 1]!.raw;
      const quality = new Uint8Array(rows);
      for (let row = 0; row < rows; row++) {
        quality[row] = Number.isNaN(value[row]!) ? Quality.missing : Quality.raw;
      }
      return {
        device: endpoint.serial,
        quantity,
        unit: 'Wh',
        intervalS: 900,
        end: timeS,
        value,
        quality,
        length: rows,
      };
    });
    const receipt = await this.#ingest.acceptSeries('sim', endpoint.serial, series);
    if (receipt.rejectedTotal + receipt.unregistered > 0) throw new Error(JSON.stringify(receipt));
    return receipt.accepted;
  }
}

function directoryOf(endpoints: readonly DlmsEndpoint[]): InMemoryDirectory {
  const directory = new InMemoryDirectory();
  const kinds = [
    ['1-0:1.29.0*255', readingTypes.delivered15Min],
    ['1-0:2.29.0*255', readingTypes.received15Min],
  ] as const;
  for (const [n, { serial }] of endpoints.entries()) {
    for (const [k, [obis, readingType]] of kinds.entries()) {
      const channel = {
        ...{ id: n * 2 + k + 1, meterId: n + 1, commodity: 'electricity' as const, obis, readingType },
        ...{ intervalS: 900, resolution: 1_000, unit: 'kWh' },
      };
      directory.put({ devices: [serial], channel, ...installed });
    }
  }
  return directory;
}
