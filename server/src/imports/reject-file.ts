/** The reject file of an import: CSV, one line a refused row, cut back to a known length on resume. */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { csvCell, type Reject } from '@openami/exchange';

export const rejectHeader = 'line,device,quantity,end,value,code,reason\n';

/** One reject as a CSV line; text that a spreadsheet would run as a formula is guarded. */
function rejectLine(reject: Reject): string {
  const end = reject.end > 0 ? new Date(reject.end * 1000).toISOString() : '';
  const { device, quantity, value, code, detail } = reject;
  return `${[String(reject.line), device, quantity, end, value, code, detail].map(cell).join(',')}\n`;
}

/** Numbers below zero are no formulas. */
const cell = (text: string) => (/^-?\d+(\.\d+)?$/.test(text) ? text : csvCell(text));

/** Appends rejects; `bytes` is the length that a resume may trust after `flush`. */
export class RejectFile {
  readonly #file: FileHandle;
  #waiting = '';
  bytes: number;

  private constructor(file: FileHandle, bytes: number) {
    this.#file = file;
    this.bytes = bytes;
  }

  /** Opens at `bytes`: what was written later by a run that died is cut off. */
  static async open(path: string, bytes: number): Promise<RejectFile> {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, bytes > 0 ? 'r+' : 'w', 0o600);
    await file.truncate(bytes);
    const opened = new RejectFile(file, bytes);
    if (bytes === 0) opened.#waiting = rejectHeader;
    return opened;
  }

  add(reject: Reject): void {
    this.#waiting += rejectLine(reject);
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    if (this.#waiting === '') return;
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = '';
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.bytes);
      at += bytesWritten;
      this.bytes += bytesWritten;
    }
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#file.sync();
    await this.#file.close();
  }
}
