/**
 * What a network server needs to take LoRaWAN devices: their identity and root keys, as the file that it
 * imports. It holds keys in the clear: it has a right of its own, and each use stands in the audit trail.
 */
import type { AccessContext, KeyKind } from '@openami/model';
import type { Meter } from '@openami/store';
import type { AppContext } from '../../context.ts';
import type { ProvisioningBody } from '../../contract/commissioning.ts';
import { keysAccess } from '../dlms.ts';
import { bulkErrors } from './errors.ts';

const mostMeters = 10_000;
const pageMeters = 1_000;
const kinds: readonly KeyKind[] = ['lorawan_app', 'lorawan_nwk'];

interface Device {
  readonly devEui: string;
  readonly joinEui: string;
  readonly serial: string;
  /** Hexadecimal; of LoRaWAN 1.0 the application key alone. */
  readonly appKey: string;
  readonly nwkKey: string;
}

export interface ProvisioningFile {
  readonly text: string;
  readonly type: string;
  readonly name: string;
  readonly devices: number;
}

/** Raises PROVISIONING_NOTHING. */
export async function provisioningFile(
  context: AppContext,
  ctx: AccessContext,
  body: ProvisioningBody,
): Promise<ProvisioningFile> {
  const { registry } = context;
  const devices: Device[] = [];
  for await (const meters of pagesOf(context, ctx, body.meterIds))
    devices.push(...(await devicesOf(context, meters)));
  if (devices.length === 0) throw bulkErrors.PROVISIONING_NOTHING();
  const { format, reason } = body;
  await registry.audit.append(ctx, {
    ...{ action: 'export', objectKind: 'meter_key', objectId: '' },
    data: {
      format,
      reason,
      count: devices.length,
      devices: devices.map(({ devEui }) => devEui).slice(0, 1_000),
    },
  });
  const date = new Date(context.clock.nowMs()).toISOString().slice(0, 10);
  return format === 'chirpstack'
    ? {
        ...{ text: chirpstackLines(devices, body), type: 'application/x-ndjson', devices: devices.length },
        name: `chirpstack-devices-${date}.jsonl`,
      }
    : {
        ...{
          text: thingsStackTable(devices, body),
          type: 'text/csv; charset=utf-8',
          devices: devices.length,
        },
        name: `the-things-stack-devices-${date}.csv`,
      };
}

/** The meters that were asked for, else those with LoRaWAN keys: by their identity. */
async function* pagesOf(
  { registry }: AppContext,
  ctx: AccessContext,
  ids: readonly number[] | undefined,
): AsyncGenerator<readonly Meter[]> {
  let seen = 0;
  for (let cursor: string | undefined; seen < mostMeters; ) {
    const page = await registry.meters.list(ctx, {
      ...{ limit: pageMeters, ...(cursor ? { cursor } : {}), ...(ids ? { ids } : {}) },
    });
    const devices = page.items.filter(({ attributes }) => typeof attributes.devEui === 'string');
    seen += devices.length;
    yield devices;
    if (page.next === null) return;
    cursor = page.next;
  }
}

async function devicesOf({ dlms }: AppContext, meters: readonly Meter[]): Promise<Device[]> {
  if (meters.length === 0) return [];
  const vault = await dlms.vault();
  const ids = meters.map(({ id }) => id);
  const { keys } = await vault.keysOf(keysAccess, ids, kinds);
  const held = new Map<string, string>();
  for (const { meterId, kind, state, secret } of keys) {
    if (state === 'active') held.set(`${meterId} ${kind}`, Buffer.from(secret.bytes()).toString('hex'));
    secret.wipe();
  }
  return meters.flatMap(({ id, serial, attributes }) => {
    const [appKey = '', nwkKey = ''] = kinds.map((kind) => held.get(`${id} ${kind}`));
    if (appKey === '' && nwkKey === '') return [];
    const { devEui, joinEui = '0000000000000000' } = attributes as { devEui: string; joinEui?: string };
    return [{ devEui, joinEui, serial, appKey, nwkKey }];
  });
}

const cell = (text: string) => (/[";\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** CSV as The Things Stack imports it: semicolons, a header row. */
function thingsStackTable(devices: readonly Device[], asked: ProvisioningBody): string {
  const { frequencyPlan = '', lorawanVersion = '', phyVersion = '' } = asked;
  const header = [
    ...['id', 'dev_eui', 'join_eui', 'name', 'lorawan_version', 'lorawan_phy_version', 'frequency_plan_id'],
    ...['app_key', 'nwk_key'],
  ];
  const rows = devices.map(({ devEui, joinEui, serial, appKey, nwkKey }) => [
    ...[`eui-${devEui}`, devEui, joinEui, serial, lorawanVersion, phyVersion, frequencyPlan],
    // of 1.0 there is one key, and it is called the application key
    ...[appKey || nwkKey, appKey === '' ? '' : nwkKey],
  ]);
  return `${[header, ...rows].map((row) => row.map(cell).join(';')).join('\n')}\n`;
}

/** Lines with the two bodies that ChirpStack's API takes for each device. */
function chirpstackLines(devices: readonly Device[], asked: ProvisioningBody): string {
  const { applicationId = '', deviceProfileId = '' } = asked;
  return devices
    .map(({ devEui, joinEui, serial, appKey, nwkKey }) => {
      const device = { devEui, joinEui, name: serial, applicationId, deviceProfileId };
      // of 1.0 it takes the application key as `nwkKey`
      const keys = nwkKey === '' ? { nwkKey: appKey } : { nwkKey, ...(appKey ? { appKey } : {}) };
      return `${JSON.stringify({ device, deviceKeys: { devEui, ...keys } })}\n`;
    })
    .join('');
}
