/** System titles that key files give: a meter has one, and a title has one meter. */
import type { AccessContext } from '@openami/model';
import { keyRowErrors } from './errors.ts';

export interface MeterTitle {
  readonly meterId: number;
  /** 16 hexadecimal digits, lower case. */
  readonly title: string;
}

export interface TitleStore {
  /** The titles of these meters, and the meters of these titles. */
  titles(
    ctx: AccessContext,
    query: { readonly meterIds: readonly number[]; readonly titles: readonly string[] },
  ): Promise<readonly MeterTitle[]>;
  noteTitles(ctx: AccessContext, titles: readonly MeterTitle[]): Promise<void>;
}

/** The titles known so far, those of rows before included. */
export class Titles {
  readonly #byMeter = new Map<number, string>();
  readonly #byTitle = new Map<string, number>();

  constructor(known: readonly MeterTitle[]) {
    for (const one of known) this.take(one);
  }

  meterIds(): number[] {
    return [...this.#byMeter.keys()];
  }

  meterOf(title: string | undefined): number | undefined {
    return title === undefined ? undefined : this.#byTitle.get(title);
  }

  /** The title when it is new. Raises KEY_TITLE_DIFFERS, KEY_TITLE_TAKEN: the row is of another meter. */
  judge(meterId: number, title: string | undefined): MeterTitle | undefined {
    if (title === undefined) return undefined;
    const before = this.#byMeter.get(meterId);
    if (before === title) return undefined;
    if (before !== undefined) throw keyRowErrors.KEY_TITLE_DIFFERS(`title: registered is ${before}`);
    if (this.#byTitle.has(title)) throw keyRowErrors.KEY_TITLE_TAKEN('title');
    return { meterId, title };
  }

  take(one: MeterTitle | undefined): void {
    if (one === undefined) return;
    this.#byMeter.set(one.meterId, one.title);
    this.#byTitle.set(one.title, one.meterId);
  }
}
