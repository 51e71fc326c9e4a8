/** What the registry keeps of LoRaWAN devices, as its users see it. Scoped callers are refused. */
import type { AccessContext } from '@openami/model';
import type { RadioRepository } from './store.ts';

type Ctx = AccessContext;

/** A codec at its newest version. */
export interface StoredCodec {
  readonly id: string;
  readonly enabled: boolean;
  readonly version: number;
  /** JSON, as it was uploaded. */
  readonly definition: string;
  readonly uploadedBy: string;
  readonly uploadedAt: Date;
}

export interface LorawanAssignment {
  /** 16 lower-case hex digits. */
  readonly devEui: string;
  /** Null: none. */
  readonly codecId: string | null;
  /** Serial or address of its meter; empty: the DevEUI itself. */
  readonly meter: string;
}

/** Who has which codec, and which it ever had, that one among them. */
export interface KnownAssignment extends LorawanAssignment {
  readonly had: readonly string[];
}

/** A downlink; the shape of `record` is the head-end's. */
export interface StoredDownlink {
  readonly id: string;
  readonly devEui: string;
  readonly record: unknown;
  readonly version: number;
  /** When it is to be looked at again, seconds since 1970; null once it has ended. */
  readonly dueS: number | null;
}

export interface ListedDownlink extends StoredDownlink {
  readonly orderedBy: string;
  readonly orderedAt: Date;
}

export interface LorawanRepository {
  /** Who is heard, by DevEUI. */
  readonly heard: RadioRepository;
  /** Changes whenever codecs or assignments do. */
  stamp(ctx: Ctx): Promise<string>;
  codecs(ctx: Ctx): Promise<StoredCodec[]>;
  /** Keeps a new version, unless the newest has the same text. */
  putCodec(ctx: Ctx, id: string, definition: string): Promise<StoredCodec>;
  /** Raises NOT_FOUND. */
  enableCodec(ctx: Ctx, id: string, enabled: boolean): Promise<StoredCodec>;
  assignments(ctx: Ctx): Promise<KnownAssignment[]>;
  /** Created or replaced; raises STILL_REFERRED_TO where there is no such codec. */
  assign(ctx: Ctx, assignment: LorawanAssignment): Promise<void>;
  /** False when there is one of this id. */
  addDownlink(ctx: Ctx, downlink: StoredDownlink, names: readonly string[]): Promise<boolean>;
  downlink(ctx: Ctx, id: string): Promise<StoredDownlink | undefined>;
  downlinkOf(ctx: Ctx, names: readonly string[]): Promise<StoredDownlink | undefined>;
  /** Replaces version `version - 1`; false when it has another one by now. */
  replaceDownlink(ctx: Ctx, downlink: StoredDownlink): Promise<boolean>;
  /** Those whose time has come, the first due first. */
  dueDownlinks(ctx: Ctx, nowS: number, most: number): Promise<StoredDownlink[]>;
  /** Of a device, the newest first. */
  downlinks(ctx: Ctx, devEui: string, most: number): Promise<ListedDownlink[]>;
}
