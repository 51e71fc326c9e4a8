/** What the routes work with: built by the composition root, handed in whole. */
import type { Ingest } from '@openami/headend';
import type { Clock } from '@openami/model';
import type { ReadingStore, RegistryStore } from '@openami/store';
import type { Config } from './config.ts';
import type { SseHub } from './http/sse.ts';
import type { Identity } from './identity/auth.ts';
import type { NameBook } from './identity/names.ts';
import type { RoutePermission } from './identity/permissions.ts';
import type { ImportService } from './imports/service.ts';
import type { Logger } from './log.ts';
import type { BillingService } from './services/billing/billing.ts';
import type { DisputeService } from './services/billing/disputes/service.ts';
import type { CoapService } from './services/coap.ts';
import type { CollectionService } from './services/collection.ts';
import type { CommandService } from './services/commands.ts';
import type { BulkService } from './services/commissioning/bulk-service.ts';
import type { CommissioningService } from './services/commissioning/service.ts';
import type { DeviceCa } from './services/device-ca.ts';
import type { DlmsService } from './services/dlms.ts';
import type { BatchService } from './services/hand-over/batches.ts';
import type { WebhookService } from './services/hand-over/webhooks.ts';
import type { KeyRotationService } from './services/key-rotations.ts';
import type { KeyService } from './services/keys.ts';
import type { LastHeard } from './services/last-heard.ts';
import type { LiveDirectory } from './services/live-directory.ts';
import type { LiveStream } from './services/live-stream.ts';
import type { LorawanService } from './services/lorawan/service.ts';
import type { MappingService } from './services/mappings.ts';
import type { CredentialWatch } from './services/mqtt.ts';
import type { OverviewService } from './services/overview.ts';
import type { PendingReadings } from './services/pending-readings.ts';
import type { PrepayService } from './services/prepay/prepay.ts';
import type { RadioService } from './services/radio.ts';
import type { RadioTcpService } from './services/radio-tcp.ts';
import type { ReadSuccessService } from './services/read-success.ts';
import type { ServiceLevelService } from './services/service-level.ts';
import type { SettlementService } from './services/settlement/settlement.ts';
import type { SparkplugService } from './services/sparkplug.ts';
import type { VeeService } from './services/vee/vee.ts';

/** One thing that must be well for the server to serve. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** A route and the permission it declares. */
interface RouteEntry {
  readonly method: string;
  readonly url: string;
  readonly permission: RoutePermission;
}

export interface AppContext {
  readonly config: Config;
  readonly version: string;
  readonly clock: Clock;
  /** Simulated seconds per real second; 1 for the real clock. */
  readonly clockSpeed: number;
  readonly simulated: boolean;
  readonly log: Logger;
  readonly registry: RegistryStore;
  readonly store: ReadingStore;
  readonly ingest: Ingest;
  readonly directory: LiveDirectory;
  readonly heard: LastHeard;
  readonly imports: ImportService;
  readonly commands: CommandService;
  readonly deviceCa: DeviceCa;
  readonly dlms: DlmsService;
  readonly collection: CollectionService;
  readonly rotations: KeyRotationService;
  readonly keys: KeyService;
  readonly serviceLevel: ServiceLevelService;
  readonly identity: Identity;
  readonly names: NameBook;
  readonly hub: SseHub;
  readonly live: LiveStream;
  readonly coap: CoapService;
  readonly mappings: MappingService;
  readonly radio: RadioService;
  readonly radioTcp: RadioTcpService;
  readonly sparkplug: SparkplugService;
  readonly lorawan: LorawanService;
  readonly commissioning: CommissioningService;
  readonly bulk: BulkService;
  readonly success: ReadSuccessService;
  readonly overview: OverviewService;
  readonly vee: VeeService;
  readonly billing: BillingService;
  readonly disputes: DisputeService;
  readonly prepay: PrepayService;
  readonly webhooks: WebhookService;
  readonly batches: BatchService;
  readonly settlements: SettlementService;
  readonly pendingReadings: PendingReadings;
  readonly credentialWatch: CredentialWatch;
  /** Token of the command line on this machine; empty for none. */
  readonly localToken: string;
  /** Filled by the guard as routes register: what there is and what it needs. */
  readonly routeTable: RouteEntry[];
  /** Throws NOT_WRITER where this server may not write readings: asked before a change that ends in some. */
  requireWriter(): void;
  /** Gauges for the metrics page. */
  gauges(): Readonly<Record<string, number>>;
  /** Whether it serves, and why not. */
  checks(): Promise<readonly Check[]>;
}
