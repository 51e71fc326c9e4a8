/** What the parts of the preview of a CSV file hand to each other. */
import type { ColumnFacts, ColumnRole } from './csv-guess.ts';

/** Something a person should look at before importing. */
export interface PreviewWarning {
  readonly code:
    | 'ENCODING_ASSUMED'
    | 'TIME_NOT_FOUND'
    | 'VALUE_NOT_FOUND'
    | 'DAY_MONTH_AMBIGUOUS'
    | 'ZONE_NEEDED'
    | 'ZONE_UNKNOWN'
    | 'ZONE_MISFIT'
    | 'OFFSETS_MIXED'
    | 'LABEL_ASSUMED'
    | 'INTERVAL_UNKNOWN'
    | 'UNIT_UNKNOWN'
    | 'CLOCK_CHANGES'
    | 'COLUMN_DERIVED'
    | 'COLUMN_LIMIT';
  readonly detail: string;
}

export interface CsvPreviewOptions {
  /** Zone to propose for stamps without an offset. */
  readonly zone?: string;
  /** Unit to propose for columns that state none. */
  readonly unit?: string;
  /** Quantity to propose for columns of meters (wide form). */
  readonly quantity?: string;
}

export type Role = { role: ColumnRole; confidence: number };

export interface Plan {
  readonly facts: readonly ColumnFacts[];
  readonly roles: Role[];
  readonly rows: readonly (readonly string[])[];
  readonly names: readonly string[];
  readonly decimal: '.' | ',';
  readonly options: CsvPreviewOptions;
  readonly warnings: PreviewWarning[];
}

/** Column of a role, or -1. */
export const at = (plan: Plan, role: ColumnRole): number =>
  plan.roles.findIndex((entry) => entry.role === role);
