/** Documents of bills: of one, and of a whole run as a ZIP file that is streamed. */
import { createHash } from 'node:crypto';
import type { AccessContext } from '@openami/model';
import type { BillRecord } from '@openami/store';
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import type { DocumentFormat, DocumentLanguage } from '../../../contract/bill-documents.ts';
import { serverErrors } from '../../../errors.ts';
import { composeDocument } from './compose.ts';
import type { DocumentFacts } from './facts.ts';
import { type DocumentParts, gatherFacts, languageOf } from './gather.ts';
import { htmlOf } from './html.ts';
import { pdfOf } from './pdf.ts';
import { tongues } from './words/words.ts';

export interface DocumentWish {
  readonly format?: DocumentFormat;
  /** Default: that of the account, else of the site. */
  readonly language?: DocumentLanguage;
}

export interface BillDocument {
  readonly name: string;
  readonly type: string;
  readonly body: Buffer;
  /** Of the content: two that are alike have the same. */
  readonly tag: string;
}

export const documentTypes = { html: 'text/html; charset=utf-8', pdf: 'application/pdf' } as const;

const billsAtOnce = 50;
const mostStreams = 2;
/** Bills of one file: well below what a ZIP of 32 bits can hold. */
const mostDocuments = 10_000;

export class BillDocuments {
  readonly #parts: DocumentParts;
  #streams = 0;

  constructor(parts: DocumentParts) {
    this.#parts = parts;
  }

  /** Raises NOT_FOUND, BILL_DOCUMENT. */
  async one(ctx: AccessContext, id: number, wish: DocumentWish): Promise<BillDocument> {
    const bill = await this.#parts.registry.bills.get(ctx, id);
    if (!hasDocument(bill)) throw serverErrors.BILL_DOCUMENT(`bill ${id} is ${bill.state}`);
    const [facts] = await gatherFacts(this.#parts, ctx, [bill]);
    return rendered(facts!, wish);
  }

  /**
   * A ZIP file of the documents of a run, in order of ids, those behind `after`. The next is made only when
   * the last was taken. Raises BILL_DOCUMENTS_BUSY before the first part.
   */
  async *ofRun(
    ctx: AccessContext,
    run: number,
    { after = 0, limit = mostDocuments, ...wish }: DocumentWish & { after?: number; limit?: number },
  ): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#streams >= mostStreams) throw serverErrors.BILL_DOCUMENTS_BUSY();
    this.#streams++;
    try {
      const made: Uint8Array[] = [];
      const zip = new Zip((error, part) => {
        if (error) throw error;
        if (part.length > 0) made.push(part);
      });
      for await (const facts of this.#factsOfRun(ctx, run, after, limit)) {
        addTo(zip, await rendered(facts, wish), facts);
        yield* made.splice(0);
      }
      zip.end();
      yield* made.splice(0);
    } finally {
      this.#streams--;
    }
  }

  async *#factsOfRun(
    ctx: AccessContext,
    run: number,
    first: number,
    limit: number,
  ): AsyncGenerator<DocumentFacts, void, undefined> {
    let left = limit;
    for (let after = first; left > 0; ) {
      const page = await this.#parts.registry.bills.scan(ctx, { run }, after, Math.min(left, billsAtOnce));
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.id;
      const shown = page.filter((bill) => hasDocument(bill) && bill.state !== 'dropped');
      left -= page.length;
      yield* await gatherFacts(this.#parts, ctx, shown);
    }
  }
}

function hasDocument({ total, currency }: Pick<BillRecord, 'total' | 'currency'>): boolean {
  return total !== null && currency !== null;
}

async function rendered(
  facts: DocumentFacts,
  { format = 'html', language }: DocumentWish,
): Promise<BillDocument> {
  const view = composeDocument(facts, tongues[languageOf(facts, language)]);
  const body = format === 'pdf' ? await pdfOf(view) : Buffer.from(htmlOf(view));
  const { id, account } = facts.bill;
  return {
    name: `bill-${id}-${account.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 60)}.${format}`,
    ...{ type: documentTypes[format], body },
    tag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`,
  };
}

/** A PDF is compressed already. */
function addTo(zip: Zip, { name, type, body }: BillDocument, { bill }: DocumentFacts): void {
  const file = type === documentTypes.pdf ? new ZipPassThrough(name) : new ZipDeflate(name, { level: 6 });
  file.mtime = bill.issuedAt ?? bill.createdAt;
  zip.add(file);
  file.push(body, true);
}
