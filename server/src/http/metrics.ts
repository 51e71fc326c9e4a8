/** Prometheus metrics: requests, ingest, writer, live streams, and those of the process. */
import type { IngestMetrics } from '@openami/headend';
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { GatewayRow } from '../services/radio-figures.ts';

/** Plain numbers read at scrape time. */
export interface MetricSources {
  readonly ingest: () => IngestMetrics | undefined;
  /** Gauges and totals by name, e.g. `writer_queued_rows`. */
  readonly gauges: () => Readonly<Record<string, number>>;
  readonly radio: () => RadioMetrics;
}

/** Meters and gateways of telegrams. */
interface RadioMetrics {
  readonly gateways: readonly GatewayRow[];
  /** Meters that are heard, by state. */
  readonly heard: ReadonlyMap<string, number>;
}

/** The registry of one app. */
export function createMetrics(sources: MetricSources): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauges = new Gauge({
    name: 'openami_value',
    help: 'Values of the writer, the live stream and the directory',
    labelNames: ['name'] as const,
    registers: [registry],
    collect() {
      for (const [name, value] of Object.entries(sources.gauges())) this.set({ name }, value);
    },
  });
  const ingest = new Gauge({
    name: 'openami_ingest',
    help: 'Counters of the ingest pipeline since start',
    labelNames: ['name'] as const,
    registers: [registry],
    collect() {
      const metrics = sources.ingest();
      for (const [name, value] of Object.entries(metrics ?? {})) {
        if (typeof value === 'number') this.set({ name }, value);
      }
    },
  });
  const rejected = new Gauge({
    name: 'openami_ingest_rejected',
    help: 'Readings and messages refused since start, by code',
    labelNames: ['code'] as const,
    registers: [registry],
    collect() {
      const codes = sources.ingest()?.rejectedByCode ?? {};
      for (const [code, value] of Object.entries(codes)) this.set({ code }, value);
    },
  });
  for (const one of [gauges, ingest, rejected]) one.reset();
  addRadio(registry, sources.radio);
  return registry;
}

function addRadio(registry: Registry, radio: MetricSources['radio']): void {
  const registers = [registry];
  new Gauge({
    name: 'openami_radio_telegrams',
    help: 'Telegrams that gateways handed on since start, by what became of them',
    labelNames: ['gateway', 'outcome'] as const,
    registers,
    collect() {
      for (const { gateway, telegrams } of radio().gateways)
        for (const [outcome, value] of Object.entries(telegrams)) this.set({ gateway, outcome }, value);
    },
  });
  new Gauge({
    name: 'openami_radio_rssi_dbm',
    help: 'Strength of the last telegram of a gateway that told one',
    labelNames: ['gateway'] as const,
    registers,
    collect() {
      for (const { gateway, rssiDbm } of radio().gateways)
        if (rssiDbm !== undefined) this.set({ gateway }, rssiDbm);
    },
  });
  new Gauge({
    name: 'openami_radio_heard',
    help: 'Meters that are heard, by what became of their last telegram',
    labelNames: ['state'] as const,
    registers,
    collect() {
      this.reset();
      for (const [state, value] of radio().heard) this.set({ state }, value);
    },
  });
}

/** Counts and times every request by the pattern of its route, never by its address. */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: 'openami_http_request_seconds',
    help: 'Time to answer',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    registers: [registry],
  });
  const aborted = new Counter({
    name: 'openami_http_aborted_total',
    help: 'Requests whose caller went away before the answer',
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    seconds.observe({ method: request.method, route, status }, reply.elapsedTime / 1000);
  });
  app.addHook('onRequestAbort', (_request, done) => {
    aborted.inc();
    done();
  });
}
