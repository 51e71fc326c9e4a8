/** The demo's tariffs and seller: stored once, and every agreement has a tariff. */
import { DAY_S, formatDay, OpenAmiError, systemAccess, zoneTable } from '@openami/model';
import type { AgreementTariffInput } from '@openami/store';
import type { AppContext } from '../context.ts';
import { demoSeller } from '../data/demo-seller.ts';
import {
  businessTariff,
  demoTariffs,
  gasTariff,
  heatTariff,
  homeTariff,
  waterTariff,
} from '../data/demo-tariffs.ts';
import { storedParts } from './billing/tariff-book.ts';

const byCommodity: Readonly<Record<string, string>> = {
  electricity: homeTariff.id,
  water: waterTariff.id,
  gas: gasTariff.id,
  heat: heatTariff.id,
};
const agreementsAtOnce = 1_000;

/** Stores what is not there yet; a start after the first changes nothing. Gives agreements that got one. */
export async function startDemoBilling({
  registry,
  clock,
}: Pick<AppContext, 'registry' | 'clock'>): Promise<number> {
  for (const document of demoTariffs) {
    const { head, versions } = storedParts(document, 'demo');
    await registry.tariffs.create(systemAccess, head, versions).catch((error: unknown) => {
      if (!(error instanceof OpenAmiError) || error.code !== 'ALREADY_EXISTS') throw error;
    });
  }
  if ((await registry.billDocuments.settings(systemAccess)) === undefined)
    await registry.billDocuments.putSettings(systemAccess, demoSeller);
  const business = await businessPoints(registry);
  const today = Math.floor(clock.nowMs() / 1_000 / DAY_S);
  const days = { from: formatDay(today - 1), to: formatDay(today + 1) };
  let assigned = 0;
  const ids = await registry.billingFacts.ids(systemAccess, days);
  for (let at = 0; at < ids.length; at += agreementsAtOnce) {
    const page = await registry.billingFacts.of(systemAccess, ids.slice(at, at + agreementsAtOnce));
    const inputs = page
      .filter(({ tariffs }) => tariffs.length === 0)
      .flatMap(({ code, usagePoint, commodity, zone, fromS }): AgreementTariffInput[] => {
        const tariff = business.has(usagePoint) ? businessTariff.id : byCommodity[commodity];
        const validFrom = formatDay(zoneTable(zone).localDayOf(fromS));
        return tariff === undefined ? [] : [{ agreement: code, tariff, validFrom }];
      });
    if (inputs.length > 0) assigned += await registry.agreementTariffs.assignMissing(systemAccess, inputs);
  }
  return assigned;
}

async function businessPoints(registry: AppContext['registry']): Promise<ReadonlySet<string>> {
  const codes = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const page = await registry.usagePoints.list(systemAccess, { limit: 1_000, ...(cursor && { cursor }) });
    for (const { code, commodity, serviceClass } of page.items)
      if (commodity === 'electricity' && /business/.test(serviceClass)) codes.add(code);
    if (page.next === null) return codes;
    cursor = page.next;
  }
}
