/** All that is known of a bill when its document is written: plain values that others gather. */
import type { Cause, CompiledVersion } from '@openami/billing';
import type { AccountEntry, BillPaper, BillSummary } from '@openami/store';
import type { BillDocumentSettings } from '../../../contract/bill-documents.ts';
import type { BillContent } from '../content.ts';
import type { DailyUsage } from './daily-usage.ts';

/** What a counter showed around an end of the bill. */
export interface RegisterRead {
  readonly atS: number;
  /** Thousandths of the base unit, as the meter shows them. */
  readonly shown: number;
}

/** A counter of a meter at both ends of the time it was there. */
export interface RegisterReads {
  readonly serial: string;
  /** OBIS code, or empty. */
  readonly code: string;
  readonly isFedIn: boolean;
  /** Of which it holds the part; 0 for all. */
  readonly tariff: number;
  readonly unit: string;
  /** Between what the meter shows and what flows: exact decimal. */
  readonly multiplier: string;
  readonly first: RegisterRead;
  readonly last: RegisterRead;
  /** What the counter moved, over its roll-over where it had one. */
  readonly used: number;
}

/** Why a bill differs from the one it replaces: causes add up to the difference. Exact decimal text. */
export interface Change {
  readonly bill: number;
  readonly before: string;
  readonly after: string;
  readonly difference: string;
  readonly causes: readonly { readonly cause: Cause; readonly amount: string }[];
}

export interface DocumentFacts {
  readonly bill: BillSummary;
  /** What stands on it of the account, below its total. */
  readonly entries: readonly Pick<AccountEntry, 'amount' | 'words'>[];
  /** Undefined for a reversal. */
  readonly content: BillContent | undefined;
  /** Version of each part of the content. */
  readonly versions: readonly CompiledVersion[];
  /** Name of the tariff of each part. */
  readonly tariffNames: readonly string[];
  readonly paper: BillPaper;
  readonly settings: BillDocumentSettings;
  /** Undefined where the bill is made of registers. */
  readonly usage: DailyUsage | undefined;
  readonly registers: readonly RegisterReads[];
  readonly change: Change | undefined;
}

/** Words of a seller who has said nothing yet. */
export const unsetSettings: BillDocumentSettings = {
  seller: { name: '', address: [], phone: '', email: '', web: '', register: '', taxNumber: '' },
  payment: { dueDays: 14, account: '', words: {} },
  ...{ complaints: {}, language: 'en', paper: 'A4', carbon: [] },
};
