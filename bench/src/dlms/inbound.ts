/** Connections that meters hold open. */
import { InboundMeters } from '@openami/headend';
import { formatDay, systemClock, zoneTable } from '@openami/model';
import { peakRssMb } from '../rss.ts';
import { zone } from './common.ts';
import type { MetersProcess } from './process.ts';

/** Meters that connect and stay; what each costs. */
export async function benchInbound(other: MetersProcess, meters: number) {
  const before = rssMbNow();
  const inbound = new InboundMeters({
    host: '127.0.0.1',
    port: 0,
    framing: { kind: 'wrapper' },
    clock: systemClock,
    sink: { take: () => undefined },
    resolve: ({ systemTitle, meter }) => systemTitle ?? meter,
    limits: {
      unidentified: meters,
      perAddressPerS: meters,
      perAddressBurst: meters,
      perS: meters,
      burst: meters,
    },
  });
  await inbound.listen();
  const today = zoneTable(zone).localDayOf(systemClock.nowMs() / 1000);
  const job = {
    kind: 'connect',
    port: inbound.port,
    meters,
    historyDays: 1,
    start: formatDay(today - 1),
  } as const;
  const { endpoints } = await other.ask(job, 'endpoints');
  const endMs = performance.now() + 60_000;
  while (inbound.counters.meters < endpoints.length && performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const inboundSessions = inbound.counters.meters;
  const headendMb = rssMbNow();
  const metersMb = peakRssMb(other.pid);
  await inbound.close();
  return {
    inboundSessions,
    inboundRssMb: headendMb,
    inboundAddedMb: headendMb - before,
    inboundMetersRssMb: metersMb,
  };
}

function rssMbNow(): number {
  globalThis.gc?.();
  return Math.round(process.memoryUsage.rss() / 2 ** 20);
}
