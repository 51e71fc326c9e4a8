/**
 * Contract: the bill as a document, and what it says of the seller.
 *
 *   GET /bills/{id}/document            ?format=html|pdf ?language=: one bill to read, print and keep (ETag)
 *   GET /bill-runs/{id}/documents.zip   ?format= ?language=: those of a run, streamed
 *   GET /bill-document-settings         the seller's words (ETag); PUT a new version of them (If-Match)
 *
 * All below /api/v1. A bill keeps the version of the words that was in force when it was issued.
 */
import { type Static, Type } from 'typebox';
import { CommodityWord, Instant, LocalDate, nullable, oneOf } from './common.ts';

export const documentLanguages = ['en', 'de', 'fr', 'es', 'nl', 'pl'] as const;
export const DocumentLanguage = oneOf(documentLanguages);
export type DocumentLanguage = (typeof documentLanguages)[number];

const line = (description: string) => Type.String({ maxLength: 200, description });
/** Text by language; one that is not there is taken from the language of the site. */
const words = Type.Optional(Type.String({ maxLength: 1_000 }));
const WordsByLanguage = Type.Object({ en: words, de: words, fr: words, es: words, nl: words, pl: words });

export const CarbonFactor = Type.Object({
  commodity: CommodityWord,
  /** Local date from which on usage is counted with it, until the next of its commodity. */
  from: LocalDate,
  year: Type.Integer({ minimum: 1990, maximum: 2200, description: 'The factor is of this year' }),
  gramsPerUnit: Type.String({
    ...{ pattern: '^[0-9]{1,6}(\\.[0-9]{1,6})?$' },
    description: 'Grams of CO2 equivalent a unit of the tariff (kWh, m3)',
  }),
  source: Type.String({ minLength: 1, maxLength: 200 }),
});
export type CarbonFactor = Static<typeof CarbonFactor>;

export const BillDocumentSettings = Type.Object({
  seller: Type.Object({
    name: line('As it stands on the bill'),
    address: Type.Array(line('A line'), { maxItems: 6 }),
    phone: line('Where customers call'),
    email: line('Where customers write to'),
    web: line('Address of the site'),
    register: line('Of companies, with the number'),
    taxNumber: line('For taxes on sales'),
  }),
  payment: Type.Object({
    dueDays: Type.Integer({ minimum: 0, maximum: 365, description: 'Days from issue to due' }),
    account: line('Bank account to pay to'),
    words: WordsByLanguage,
  }),
  /** Where to complain and who decides when the two do not agree. */
  complaints: WordsByLanguage,
  /** Of accounts that have none of their own. */
  language: DocumentLanguage,
  paper: oneOf(['A4', 'LETTER'] as const),
  carbon: Type.Array(CarbonFactor, { maxItems: 200 }),
});
export type BillDocumentSettings = Static<typeof BillDocumentSettings>;

export const BillDocumentSettingsItem = Type.Object({
  ...BillDocumentSettings.properties,
  version: Type.Integer({ description: '0: nobody has set it yet' }),
  since: nullable(Instant),
  changedBy: Type.String(),
});
export type BillDocumentSettingsItem = Static<typeof BillDocumentSettingsItem>;

const documentFormats = ['html', 'pdf'] as const;
export const BillDocumentQuery = Type.Object({
  format: Type.Optional(oneOf(documentFormats)),
  language: Type.Optional(DocumentLanguage),
});
export const RunDocumentsQuery = Type.Object({
  ...BillDocumentQuery.properties,
  after: Type.Optional(Type.Integer({ minimum: 0, description: 'Bills with a greater number alone' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 10_000, description: 'Bills that are looked at' }),
  ),
});
export type DocumentFormat = (typeof documentFormats)[number];
