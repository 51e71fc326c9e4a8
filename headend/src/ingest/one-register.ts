/** One row of columns as the series that the checks take; the same object for every row. */
import type { DecodedSeries, RegisterColumns } from '@openami/wire';

export class OneRegister implements DecodedSeries {
  quantity = '';
  unit = '';
  readonly intervalS = 0;
  readonly end = new Float64Array(1);
  readonly value = new Float64Array(1);
  readonly quality = new Uint8Array(1);
  readonly length = 1;

  at(columns: RegisterColumns, row: number): this {
    this.quantity = columns.quantity[row]!;
    this.unit = columns.unit[row]!;
    this.end[0] = columns.end[row]!;
    this.value[0] = columns.value[row]!;
    this.quality[0] = columns.quality[row]!;
    return this;
  }
}
