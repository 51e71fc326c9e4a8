/** Facts of the documents of a page of bills: registry, tariffs and the readings as each bill knew them. */
import { type CompiledVersion, type PeriodMap, periodMapsOf, type Window } from '@openami/billing';
import { type AccessContext, zoneTable } from '@openami/model';
import type { BilledChannel, BillPaper, BillRecord, ReadingStore, RegistryStore } from '@openami/store';
import { type BillDocumentSettings, documentLanguages } from '../../../contract/bill-documents.ts';
import { deltaTo, tariffsOf } from '../bill-detail.ts';
import type { BilledChannels } from '../billed-channels.ts';
import { readingsAsOf } from '../billed-readings.ts';
import { type BillContent, contentOf, type StoredChannel, versionOfPart } from '../content.ts';
import type { BookedTariff, TariffBook } from '../tariff-book.ts';
import { intervalUsage, type ReadingRows } from '../usage.ts';
import { dailyUsage, priceSchedule } from './daily-usage.ts';
import { type Change, type DocumentFacts, unsetSettings } from './facts.ts';
import { reachOf, registerReads, shownRegisters } from './registers.ts';

export interface DocumentParts {
  readonly registry: Pick<RegistryStore, 'accountEntries' | 'bills' | 'billDocuments'>;
  readonly store: Pick<ReadingStore, 'readings'>;
  readonly book: TariffBook;
}

/** A bill on its way to its facts. */
interface Draft {
  readonly bill: BillRecord;
  readonly content: BillContent | undefined;
  readonly paper: BillPaper;
  readonly registers: readonly BilledChannel[];
}

/** In the order of the bills, those the caller may see. Raises NOT_FOUND, OUT_OF_SCOPE. */
export async function gatherFacts(
  parts: DocumentParts,
  ctx: AccessContext,
  bills: readonly BillRecord[],
): Promise<DocumentFacts[]> {
  const { registry, book } = parts;
  const found = await registry.billDocuments.papers(
    ctx,
    bills.map(({ id }) => id),
  );
  const papers = new Map(found.map((paper) => [paper.billId, paper]));
  const drafts = bills.flatMap((bill): Draft[] => {
    const paper = papers.get(bill.id);
    if (paper === undefined) return [];
    const content = contentOf(bill);
    const registers =
      content === undefined || bill.unit === null
        ? []
        : shownRegisters(paper.registers, bill.commodity, bill.unit);
    return [{ bill, content, paper, registers }];
  });
  const tariffs = await tariffsOf(
    book,
    drafts.map(({ content }) => content),
  );
  const rows = await readingsOf(parts, ctx, drafts);
  const entries = await registry.accountEntries.onBills(
    ctx,
    drafts.map(({ bill }) => bill.id),
  );
  const settings = settingsAt(parts, ctx);
  const mapOf = periodMaps();
  const facts: DocumentFacts[] = [];
  for (const draft of drafts) {
    const { bill } = draft;
    facts.push({
      ...plainFacts(draft, tariffs, rows, mapOf),
      entries: entries.filter(({ billId }) => billId === bill.id),
      settings: await settings(bill.issuedAt),
      change: await changeOf(parts, ctx, bill),
    });
  }
  return facts;
}

function plainFacts(
  { bill, content, paper, registers }: Draft,
  tariffs: ReadonlyMap<string, BookedTariff>,
  rows: (revision: number) => ReadingRows,
  mapOf: MapOf,
): Omit<DocumentFacts, 'entries' | 'settings' | 'change'> {
  const { content: _content, carry: _carry, ...summary } = bill;
  const versions = content?.parts.map((part) => versionOfPart(part, tariffs)) ?? [];
  const reads = rows(bill.revision);
  const isIntervals = content?.source === 'intervals' && content.channels.import.length > 0;
  const reach = reachOf(content?.source ?? 'intervals');
  return {
    ...{ bill: summary, content, versions, paper },
    tariffNames: content?.parts.map(({ tariff }) => tariffs.get(tariff)!.record.name || tariff) ?? [],
    usage: isIntervals ? usageOf(content, versions, reads, mapOf) : undefined,
    registers:
      bill.unit === null ? [] : registerReads(registers, bill, { ...bill, unit: bill.unit }, reach, reads),
  };
}

type MapOf = (version: CompiledVersion, window: Window, zone: string) => PeriodMap;

/** Bills of a page are nearly all of one time and tariff: each map is made once. */
function periodMaps(): MapOf {
  const kept = new Map<CompiledVersion, Map<string, PeriodMap>>();
  return (version, { fromS, toS }, zone) => {
    const maps = kept.get(version) ?? new Map<string, PeriodMap>();
    kept.set(version, maps);
    const key = `${fromS} ${toS} ${zone}`;
    const map = maps.get(key) ?? periodMapsOf(version, { fromS, toS }, zone)[priceSchedule(version)]!;
    maps.set(key, map);
    return map;
  };
}

function usageOf(
  { channels, parts, zone }: BillContent,
  versions: readonly CompiledVersion[],
  rows: ReadingRows,
  mapOf: MapOf,
) {
  const billed: BilledChannels = {
    ...{ source: 'intervals', import: channels.import.map(clipOf), export: [], reactive: [] },
  };
  const clock = zoneTable(zone);
  const segments = intervalUsage(billed, { export: false, reactive: false }, rows, clock).import;
  const stretches = parts.map(({ determinants: { fromS, toS } }, i) => ({
    ...{ fromS, toS, map: mapOf(versions[i]!, { fromS, toS }, zone) },
  }));
  return dailyUsage(segments, stretches, clock);
}

/** A stored channel as usage takes it; what it does not look at is empty. */
function clipOf({ id, meter, fromS, toS, ...channel }: StoredChannel): BilledChannels['import'][number] {
  const unused = { role: '', readingType: '', obis: '', digits: null, virtual: false, untilS: null };
  return {
    channel: { ...unused, ...channel, channelId: id, meterId: meter, resolution: 1, fromS },
    fromS,
    toS,
  };
}

/** Readings of all these bills, by the revision that each knew: one query for intervals, one for counters. */
async function readingsOf(
  { store }: DocumentParts,
  ctx: AccessContext,
  drafts: readonly Draft[],
): Promise<(revision: number) => ReadingRows> {
  const byRevision = new Map<number, ReadingRows>();
  for (const revision of new Set(drafts.map(({ bill }) => bill.revision))) {
    const own = drafts.filter(({ bill, content }) => content !== undefined && bill.revision === revision);
    if (own.length === 0) continue;
    const reachS = Math.max(...own.map(({ content }) => reachOf(content!.source)));
    const longest = Math.max(
      ...own.flatMap(({ content }) => content!.channels.import.map((one) => one.intervalS)),
      0,
    );
    const span = {
      fromS: Math.min(...own.map(({ bill }) => bill.fromS)) - reachS - 1,
      toS: Math.max(...own.map(({ bill }) => bill.toS)) + Math.max(reachS, longest),
    };
    const channels = new Set(
      own.flatMap(({ content, registers }) => [
        ...(content!.source === 'intervals' ? content!.channels.import.map(({ id }) => id) : []),
        ...registers.map(({ channelId }) => channelId),
      ]),
    );
    byRevision.set(revision, await readingsAsOf(store, ctx, [...channels], span, revision));
  }
  return (revision) => byRevision.get(revision) ?? noRows;
}

const noReadings = {
  ...{ length: 0, channel: new Uint32Array(0), end: new Uint32Array(0), value: new Float64Array(0) },
  ...{ resolution: new Uint32Array(0), quality: new Uint8Array(0), flags: new Uint32Array(0) },
  revision: new Uint32Array(0),
};
const noRows: ReadingRows = () => ({ readings: noReadings, from: 0, to: 0 });

/** The seller's words in force when a bill was issued; for a draft those of now. */
function settingsAt({ registry }: DocumentParts, ctx: AccessContext) {
  const kept = new Map<number, BillDocumentSettings>();
  return async (issuedAt: Date | null): Promise<BillDocumentSettings> => {
    const key = issuedAt?.getTime() ?? 0;
    let settings = kept.get(key);
    if (settings === undefined) {
      const record = await registry.billDocuments.settings(ctx, issuedAt ?? undefined);
      settings = settingsOf(record?.settings);
      kept.set(key, settings);
    }
    return settings;
  };
}

/** Stored words; what an older version does not have is as if nobody had set it. */
export function settingsOf(stored: unknown): BillDocumentSettings {
  return { ...unsetSettings, ...(stored as Partial<BillDocumentSettings> | undefined) };
}

async function changeOf(
  { registry, book }: DocumentParts,
  ctx: AccessContext,
  bill: BillRecord,
): Promise<Change | undefined> {
  if (bill.kind !== 'rebill' || bill.replaces === null) return undefined;
  const delta = await deltaTo(bill.replaces, bill, { registry, book }, ctx);
  if (delta === null) return undefined;
  const causes = Object.entries(delta.causes) as [Change['causes'][number]['cause'], string][];
  return {
    ...{ bill: bill.replaces, before: delta.before, after: delta.after, difference: delta.difference },
    causes: causes.map(([cause, amount]) => ({ cause, amount })),
  };
}

/** The language asked for, that of the account, or that of the site. */
export function languageOf(
  { paper, settings }: Pick<DocumentFacts, 'paper' | 'settings'>,
  asked: BillDocumentSettings['language'] | undefined,
): BillDocumentSettings['language'] {
  return asked ?? documentLanguages.find((one) => one === paper.language) ?? settings.language;
}
