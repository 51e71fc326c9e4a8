/** `openami rate`: reads a tariff and usage, rates month by month, and prints the bills as JSON. */
import {
  type AccountInput,
  type BillingCycle,
  type BillView,
  billView,
  type CompiledTariff,
  isSamInputs,
  isUrdb,
  perUnitOf,
  type RatedBill,
  rateCycles,
  rateSam,
  rateSamTariff,
  readSamInputs,
  readTariff,
  type SamYear,
  samOutputs,
  sumText,
  totalOf,
  urdbNotes,
  urdbTariff,
} from '@openami/billing';
import { billingMonthOf, formatInstant, parseDay, zoneTable } from '@openami/model';
import { serverErrors } from '../../errors.ts';
import { printJson } from '../output.ts';
import type { CliContext } from '../program.ts';
import { readData, readEvents, readPrices } from './files.ts';
import { gridOf, readChannel, readColumn, segmentOf } from './usage.ts';

export interface RateRequest {
  readonly tariff: string;
  /** Of several records of the rate database, the one that is meant. */
  readonly label: string | undefined;
  readonly usage: string;
  readonly exportUsage: string | undefined;
  readonly timezone: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly convention: 'calendar' | 'sam';
  readonly events: string | undefined;
  readonly prices: string | undefined;
  readonly persons: number | undefined;
  readonly years: number | undefined;
  readonly outputs: boolean;
}

/** Rates and prints. */
export async function runRate(context: CliContext, request: RateRequest): Promise<void> {
  const data = await readData(request.tariff);
  if (request.convention === 'sam') return runSam(context, request, data);
  if (isSamInputs(data)) throw serverErrors.USAGE('inputs of SAM (ur_*) are rated with --convention sam');
  const tariff = tariffOf(context, request, data, false);
  const bills = rateCycles(...(await calendarInput(context, request, tariff)));
  print(context, { ...headOf(tariff, request), ...viewOf(bills) });
  for (const { parts, fromS } of bills)
    for (const { determinants } of parts)
      for (const { message } of determinants.problems)
        context.output.err(`Note: bill from ${formatInstant(fromS)}: ${message}\n`);
}

/** The tariff of a file: of ours, or of the rate database, and then what it does not say. */
function tariffOf(
  { output }: CliContext,
  { label }: RateRequest,
  data: unknown,
  ignoreDates: boolean,
): CompiledTariff {
  if (!isUrdb(data)) return readTariff(data);
  const options = { ignoreDates, ...(label !== undefined && { label }) };
  const tariff = readTariff(urdbTariff(data, options));
  for (const { path, message } of urdbNotes(data, options))
    output.err(`Note: ${path && `${path}: `}${message}\n`);
  return tariff;
}

function headOf({ tariff }: CompiledTariff, { convention }: RateRequest): Record<string, unknown> {
  return { tariff: tariff.id, currency: tariff.currency, convention };
}

async function calendarInput(
  { output }: CliContext,
  request: RateRequest,
  tariff: CompiledTariff,
): Promise<[AccountInput, BillingCycle[]]> {
  const zone = request.timezone!;
  const note = (text: string) => output.err(`Note: ${text}\n`);
  const unit = tariff.versions[0]!.unit;
  const as = { zone, unit, commodity: tariff.tariff.commodity };
  const drawn = await readChannel(request.usage, as, note);
  const fed =
    request.exportUsage === undefined ? undefined : await readChannel(request.exportUsage, as, note);
  const grid = gridOf(fed === undefined ? [drawn] : [drawn, fed]);
  const usage = {
    perUnit: perUnitOf(unit),
    import: [segmentOf(drawn, grid, note)],
    ...(fed && { export: [segmentOf(fed, grid, note)] }),
  };
  const { events, baselines } = await readEvents(request.events, usage.perUnit);
  const prices = await readPrices(request.prices);
  const toS = grid.startS + grid.length * grid.intervalS;
  return [
    { tariff, usage, zone, events, baselines, prices, persons: request.persons },
    cyclesOf(request, zone, { fromS: grid.startS, toS }),
  ];
}

/** Calendar months from the first to the last day; the first and last may be parts of one. */
function cyclesOf(
  { from, to }: RateRequest,
  zoneName: string,
  extent: { readonly fromS: number; readonly toS: number },
): BillingCycle[] {
  const zone = zoneTable(zoneName);
  const first = from === undefined ? zone.localDayOf(extent.fromS) : dayArgument('--from', from);
  const last = to === undefined ? zone.localDayOf(extent.toS - 1) + 1 : dayArgument('--to', to);
  if (last <= first) throw serverErrors.USAGE('--to must be later than --from');
  const cycles: BillingCycle[] = [];
  for (let day = first; day < last; ) {
    const cycle = billingMonthOf(day, 1);
    const end = Math.min(last, cycle.to);
    cycles.push({ cycle, window: { fromS: zone.dayStart(day), toS: zone.dayStart(end) } });
    if (cycles.length > MAX_MONTHS) throw serverErrors.USAGE(`more than ${MAX_MONTHS} months`);
    day = end;
  }
  return cycles;
}

const MAX_MONTHS = 1_200;

function dayArgument(flag: string, text: string): number {
  try {
    return parseDay(text);
  } catch {
    throw serverErrors.USAGE(`${flag}: "${text}" is no date; 2026-01-31 is`);
  }
}

async function runSam(context: CliContext, request: RateRequest, data: unknown): Promise<void> {
  const load = await readColumn(request.usage);
  const generation = request.exportUsage === undefined ? undefined : await readColumn(request.exportUsage);
  const wrapped = (data as { inputs?: unknown } | null)?.inputs;
  const inputs = isSamInputs(data) ? data : isSamInputs(wrapped) ? wrapped : undefined;
  const usage = { load, ...(generation && { generation }) };
  const years =
    inputs === undefined
      ? rateSamTariff(tariffOf(context, request, data, true), usage, request.years)
      : rateSam(readSamInputs(inputs), usage, request.years);
  const tariff = years[0]!.input.tariff;
  print(context, {
    ...headOf(tariff, request),
    ...viewOf(
      years.flatMap(({ bills }) => bills),
      yearsOf(years),
    ),
    ...(request.outputs && { outputs: samOutputs(years, generation !== undefined) }),
  });
}

/** Year (1 is the first) of each bill. */
function yearsOf(years: readonly SamYear[]): number[] {
  return years.flatMap(({ bills }, year) => bills.map(() => year + 1));
}

function viewOf(bills: readonly RatedBill[], years?: readonly number[]): Record<string, unknown> {
  const periods = bills.map((bill, i): BillView & { readonly year?: number } => ({
    ...(years && { year: years[i]! }),
    ...billView(bill),
  }));
  const parts = bills.flatMap((bill) => bill.parts);
  return { periods, total: sumText(parts, ({ rated }) => totalOf(rated.lines)) };
}

function print({ output }: CliContext, result: Record<string, unknown>): void {
  if (output.tty) output.out(`${JSON.stringify(result, undefined, 2)}\n`);
  else printJson(output, result);
}
