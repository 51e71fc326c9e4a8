/** A channel as the API describes it, as the registry takes it. */
import { type Commodity, parseUnit, resolutionFor } from '@openami/model';
import type { ChannelInput } from '@openami/store';
import type { ChannelBody } from '../contract/registry.ts';
import { obisOf, readingTypeOf } from './quantity.ts';

/** A channel as the registry takes it. Throws UNIT_UNKNOWN and its kind. */
export function channelInput(
  body: Pick<ChannelBody, 'quantity' | 'intervalS' | 'unit'> & Partial<ChannelBody>,
  commodity: Commodity,
): Omit<ChannelInput, 'meterId'> {
  const { quantity, intervalS, decimals = 3 } = body;
  const unit = parseUnit(body.unit).symbol;
  return {
    alias: body.alias ?? (intervalS === 0 ? `${quantity} register` : quantity),
    readingType: readingTypeOf(commodity, quantity, unit, intervalS),
    obis: obisOf(quantity),
    quantityKeys: [quantity],
    intervalS,
    resolution: resolutionFor(unit, decimals),
    unit,
  };
}
