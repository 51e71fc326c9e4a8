/** The tables as Kysely sees them: camelCase here, snake_case in the database. */
import type { Commodity, TokenRole } from '@openami/model';
import type { ColumnType, Generated } from 'kysely';
import type { ImportState, MeterState, UsagePointState } from './types.ts';

type Stamp = ColumnType<Date, Date | string, Date | string>;
type Json<T> = ColumnType<T, string, string>;
type Version = Generated<number>;

interface Coded {
  id: Generated<number>;
  version: Version;
  updatedAt: Generated<Stamp>;
}
interface Words {
  words: ColumnType<string, never, never>;
}

export interface Database {
  premise: Coded &
    Words & {
      code: string;
      addressLines: Generated<string[]>;
      locality: Generated<string>;
      postcode: Generated<string>;
      country: Generated<string>;
      lon: number | null;
      lat: number | null;
      zone: Generated<string>;
    };
  networkNode: Coded &
    Words & {
      code: string;
      kind: string;
      name: Generated<string>;
      parentId: number | null;
      lon: number | null;
      lat: number | null;
    };
  usagePoint: Coded &
    Words & {
      code: string;
      premiseId: number | null;
      commodity: Commodity;
      zone: Generated<string>;
      nodeId: number | null;
      phase: Generated<string>;
      state: Generated<UsagePointState>;
      serviceClass: Generated<string>;
      protection: Generated<string>;
    };
  meter: Coded &
    Words & {
      serial: string;
      addresses: Generated<string[]>;
      manufacturer: Generated<string>;
      model: Generated<string>;
      commodity: Commodity;
      state: Generated<MeterState>;
      firmware: Generated<string>;
      protocol: Generated<string>;
      attributes: Generated<Json<Record<string, unknown>>>;
    };
  channel: Coded & {
    meterId: number;
    alias: string;
    readingType: Generated<string>;
    obis: Generated<string>;
    quantityKeys: Generated<string[]>;
    intervalS: number;
    resolution: number;
    unit: string;
    digits: number | null;
    multiplier: Generated<string>;
  };
  installation: {
    id: Generated<number>;
    meterId: number;
    usagePointId: number;
    role: Generated<string>;
    validFrom: Stamp;
    validUntil: Stamp | null;
  };
  customer: Coded & Words & { code: string; name: Generated<string>; kind: Generated<string> };
  account: Coded & Words & { number: string; customerId: number; name: Generated<string> };
  agreement: Coded &
    Words & {
      code: string;
      accountId: number;
      usagePointId: number;
      validFrom: Stamp;
      validUntil: Stamp | null;
    };
  directoryVersion: { version: number };
  directoryChange: { meterId: number; version: number };
  deviceCredential: {
    id: Generated<number>;
    username: string;
    meterId: number | null;
    secretSha256: string;
    publish: string[];
    subscribe: string[];
    enabled: Generated<boolean>;
    updatedAt: Generated<Stamp>;
  };
  apiToken: {
    id: Generated<number>;
    name: string;
    secretSha256: string;
    role: TokenRole;
    scopes: string[];
    createdBy: string;
    createdAt: Stamp;
    expiresAt: Stamp | null;
    lastUsedAt: Stamp | null;
  };
  importJob: {
    id: Generated<number>;
    name: string;
    format: string;
    bytes: Generated<number>;
    sha256: Generated<string>;
    dryRun: Generated<boolean>;
    state: Generated<ImportState>;
    progress: Generated<number>;
    mapping: Json<unknown> | null;
    options: Generated<Json<Record<string, unknown>>>;
    counts: Generated<Json<Record<string, number>>>;
    position: Json<unknown> | null;
    spool: Generated<string>;
    rejects: Generated<string>;
    error: Json<{ code: string; detail: string; hint: string }> | null;
    createdBy: string;
    createdAt: Stamp;
    startedAt: Stamp | null;
    finishedAt: Stamp | null;
  };
  savedView: { id: Generated<number>; owner: string; name: string; query: string; shared: boolean };
  setting: { key: string; value: Json<unknown> };
  lease: { name: string; holder: string; expiresAt: Stamp };
  dataKey: { id: string; wrapped: Uint8Array; kekId: string; current: boolean; createdAt: Stamp };
  audit: { seq: number; record: string; hash: string };
  auditTail: { one: boolean; seq: number; hash: string };
  schemaMigration: { name: string; checksum: string; appliedAt: Stamp };
}
