/**
 * A key file as the list of a delivery: meters that nobody registered are registered on the way, as in stock,
 * with the names they will be heard by.
 */
import { type KeyRow, keyRowErrors } from '@openami/headend';
import { type AccessContext, type Commodity, keyKinds, OpenAmiError } from '@openami/model';
import type { RegistryStore } from '@openami/store';

export interface Shipment {
  readonly registry: Pick<RegistryStore, 'meters'>;
  readonly commodity: Commodity;
  /** How many meters were registered, and how many rows held no key and needed none. */
  readonly counts: { registered: number; keyless: number };
}

const rowsAtOnce = 200;

/** The rows that hold keys, with why a meter could not be registered; those before them are registered. */
export async function* registeredRows(
  ctx: AccessContext,
  rows: AsyncIterable<KeyRow>,
  shipment: Shipment,
): AsyncGenerator<KeyRow> {
  let batch: KeyRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < rowsAtOnce) continue;
    yield* registered(ctx, batch, shipment);
    batch = [];
  }
  yield* registered(ctx, batch, shipment);
}

async function* registered(
  ctx: AccessContext,
  batch: readonly KeyRow[],
  { registry, commodity, counts }: Shipment,
): AsyncGenerator<KeyRow> {
  const serials = batch.flatMap(({ fields: { serial } }) => serial ?? []);
  const known = serials.length === 0 ? new Map() : await registry.meters.idsOf(ctx, serials);
  const seen = new Set<string>(known.keys());
  for (const row of batch) {
    const { serial } = row.fields;
    if (row.error || serial === undefined) {
      yield row;
      continue;
    }
    try {
      if (!seen.has(serial)) {
        await registry.meters.create(ctx, meterOf(serial, row.fields, commodity));
        counts.registered++;
        seen.add(serial);
      }
      if (row.fields.title !== undefined || keyKinds.some((kind) => row.fields[kind] !== undefined))
        yield row;
      else counts.keyless++;
    } catch (error) {
      if (!(error instanceof OpenAmiError) || error.fault !== 'caller') throw error;
      // what stands in the row is not repeated: where columns are mixed up a key stands in any of them
      yield { line: row.line, fields: {}, error: keyRowErrors.KEY_METER_REFUSED(error.code) };
    }
  }
}

/** A wireless M-Bus meter is heard as its maker's letters and its number, a LoRaWAN device as its EUI. */
function meterOf(serial: string, fields: KeyRow['fields'], commodity: Commodity) {
  const { manufacturer = '', model = '', devEui } = fields;
  const wireless = /^[A-Za-z]{3}$/.test(manufacturer) && /^[0-9a-fA-F]{8}$/.test(serial);
  const eui = devEui?.replace(/[^0-9a-fA-F]/g, '').toLowerCase();
  const names = [
    ...(wireless ? [`${manufacturer.toUpperCase()}-${serial.toLowerCase()}`] : []),
    ...(eui?.length === 16 ? [eui] : []),
  ];
  return {
    ...{ serial, commodity, manufacturer, model, state: 'in_stock' as const },
    addresses: names.filter((name) => name !== serial),
  };
}
