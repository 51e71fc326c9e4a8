/** Faults of shape: what a schema says against data, in words of ours, each with its place. */
import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';
import type { Report } from '../calendar/schedule.ts';

/** One fault of a tariff. */
export interface TariffFault {
  readonly path: string;
  readonly message: string;
}

/** The library stops after 8, and one fault of a union is several to it. */
const MOST_ERRORS = 400;

function errorsOf(schema: TSchema, data: unknown): ReturnType<typeof Value.Errors> {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: MOST_ERRORS });
  try {
    return Value.Errors(schema, data);
  } finally {
    Settings.Set({ maxErrors });
  }
}

/** Reports what a schema says against data. */
export function schemaFaults(schema: TSchema, data: unknown, base: string, report: Report): void {
  if (Value.Check(schema, data)) return;
  const said = new Set<string>();
  const errors = errorsOf(schema, data);
  // decimals are a union: what is said of its members helps nobody
  const placesOf = (word: string, type?: string) =>
    new Set(
      errors.flatMap(({ keyword, instancePath, params }) =>
        keyword === word && (type === undefined || (params as { type?: unknown }).type === type)
          ? [instancePath]
          : [],
      ),
    );
  const [unions, lists] = [placesOf('anyOf'), placesOf('type', 'array')];
  for (const { instancePath, message, keyword, params } of errors) {
    const path = base + pathText(instancePath);
    if (keyword === 'boolean' || said.has(path)) continue;
    said.add(path);
    const extra = (params as { additionalProperties?: readonly string[] }).additionalProperties;
    const words = extra === undefined ? message : `does not know ${extra.join(', ')}: take it out`;
    const text = unions.has(instancePath) ? decimalWords(path, lists.has(instancePath)) : words;
    report(path === '' ? 'tariff' : path.replace(/^\./, ''), text);
  }
}

function decimalWords(path: string, mayBeList: boolean): string {
  if (path.endsWith('.percent')) return 'must be a percentage such as 19';
  if (path.endsWith('.fraction')) return 'must be a share such as 0.8, or twelve of them, one a month';
  return `must be a decimal such as 0.25${mayBeList ? ', or a list of them for tiers' : ''}`;
}

/** `/charges/0/price` as `.charges[0].price`. */
function pathText(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) =>
      /^\d+$/.test(part) ? `[${part}]` : `.${part.replaceAll('~1', '/').replaceAll('~0', '~')}`,
    )
    .join('');
}
