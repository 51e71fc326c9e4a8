/**
 * What NEM12 files say of a meter besides its readings (register and data stream ids, the serial of the meter
 * under the NMI), kept with the meter so that an export says it again.
 */
import type { NemStream } from '@openami/exchange';
import type { AccessContext } from '@openami/model';
import type { RegistryStore } from '@openami/store';

/** By suffix, as attribute `nem12` of a meter. */
export type NemStreams = Readonly<Record<string, NemStream>>;

interface StreamSeries {
  readonly device: string;
  readonly quantity: string;
  readonly stream?: NemStream;
}

const fields = ['configuration', 'register', 'dataStream', 'serial'] as const;

/** The streams that an attribute of a meter holds. */
export function nemStreamsOf({ nem12 }: Readonly<Record<string, unknown>>): NemStreams {
  return typeof nem12 === 'object' && nem12 !== null ? (nem12 as NemStreams) : {};
}

/** Streams by device, the last said of each counts. */
export function nemStreamsIn(series: readonly StreamSeries[]): Map<string, NemStreams> {
  const found = new Map<string, NemStreams>();
  for (const { device, quantity, stream } of series) {
    if (stream) found.set(device, { ...found.get(device), [quantity]: stream });
  }
  return found;
}

/** Notes with registered meters what differs from what is known of them. */
export async function keepNemStreams(
  ctx: AccessContext,
  { meters }: Pick<RegistryStore, 'meters'>,
  said: ReadonlyMap<number, NemStreams>,
): Promise<void> {
  const ids = [...said.keys()];
  for (let from = 0; from < ids.length; from += pageRows) {
    const page = await meters.list(ctx, { ids: ids.slice(from, from + pageRows), limit: pageRows });
    const changed = page.items.flatMap(({ id, serial, commodity, attributes }) => {
      const known = nemStreamsOf(attributes);
      const news = said.get(id)!;
      if (Object.entries(news).every(([suffix, stream]) => isSame(known[suffix], stream))) return [];
      return [{ serial, commodity, attributes: { ...attributes, nem12: { ...known, ...news } } }];
    });
    if (changed.length > 0) await meters.upsertMany(ctx, changed);
  }
}

const pageRows = 1_000;

function isSame(known: NemStream | undefined, stream: NemStream): boolean {
  return known !== undefined && fields.every((field) => known[field] === stream[field]);
}
