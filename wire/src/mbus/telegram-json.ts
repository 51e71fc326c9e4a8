/** Telegrams as JSON that reads by itself; `openami decode mbus` and `openami decode wmbus` print it. */
import { hexOf } from '../bytes.ts';
import { type Plain, renderError } from '../decode-line.ts';
import { type MbusAddress, mediumName } from './address.ts';
import { applicationErrorName, statusFlags } from './layer/tpl.ts';
import { controlName } from './link/wired.ts';
import { profileOf } from './record/profile.ts';
import { textOfTime } from './record/time.ts';
import { exactOf, type MbusRecord, scaled } from './record/value.ts';
import type { MbusTelegram } from './telegram.ts';
import { valuesOf } from './values.ts';

/** A telegram, with its records and the values that have a usual name. */
export function renderMbusTelegram(telegram: MbusTelegram): { readonly [name: string]: Plain } {
  const { meter, header, ell, afl, link, status } = telegram;
  return {
    carriage: telegram.carriage,
    control: controlName(telegram.control),
    ...(telegram.primaryAddress === undefined ? {} : { address: telegram.primaryAddress }),
    ...(telegram.format === undefined || telegram.format === 'none' ? {} : { format: telegram.format }),
    ...(meter === undefined ? {} : renderAddress(meter)),
    ...(link === undefined || link === meter ? {} : { link: renderAddress(link) }),
    ...(ell === undefined ? {} : { ell: renderEll(ell) }),
    ...(afl === undefined ? {} : { afl: renderAfl(afl) }),
    ci: telegram.ci.toString(16).padStart(2, '0'),
    content: telegram.content,
    ...(telegram.accessNumber === undefined ? {} : { accessNumber: telegram.accessNumber }),
    ...(status === undefined ? {} : { statusByte: status, statusFlags: statusFlags(status) }),
    ...(header === undefined
      ? {}
      : {
          configuration: hexOf(Uint8Array.of(header.configuration >> 8, header.configuration)),
          mode: header.mode,
        }),
    security: telegram.security,
    ...(telegram.mac === 'none' ? {} : { mac: telegram.mac }),
    ...(telegram.report === undefined ? {} : { report: renderReport(telegram) }),
    records: telegram.records.map(renderRecord),
    ...(telegram.manufacturerData === undefined
      ? {}
      : { manufacturerData: hexOf(telegram.manufacturerData) }),
    ...(telegram.moreFollows ? { moreFollows: true } : {}),
    ...(telegram.problem === undefined
      ? {}
      : { incomplete: renderError(telegram.problem), payload: hexOf(telegram.payload) }),
    ...(isKnown(telegram) ? {} : { payload: hexOf(telegram.payload) }),
    values: valuesOf(telegram),
  };
}

function isKnown({ content }: MbusTelegram): boolean {
  return content !== 'other' && content !== 'dlms' && content !== 'obis' && content !== 'clock';
}

function renderReport({ content, report }: MbusTelegram): Plain {
  return content === 'alarm' ? { alarm: report! } : { code: report!, name: applicationErrorName(report!) };
}

function renderAddress(address: MbusAddress): { readonly [name: string]: Plain } {
  const { manufacturer, id, version, type } = address;
  return { manufacturer, meter: id, version, deviceType: type, media: mediumName(type) };
}

function renderEll(ell: NonNullable<MbusTelegram['ell']>): Plain {
  return {
    ci: ell.ci.toString(16),
    communicationControl: ell.communicationControl,
    accessNumber: ell.accessNumber,
    ...(ell.peer === undefined ? {} : { peer: renderAddress(ell.peer) }),
    ...(ell.session === undefined ? {} : { session: ell.session }),
  };
}

function renderAfl(afl: NonNullable<MbusTelegram['afl']>): Plain {
  return {
    ...(afl.fragment === 0 ? {} : { fragment: afl.fragment, moreFragments: afl.moreFragments }),
    ...(afl.counter === undefined ? {} : { counter: afl.counter }),
    ...(afl.mac === undefined ? {} : { mac: hexOf(afl.mac) }),
  };
}

/** A record: `value` is in `unit`; `raw` × 10^`power` where that says more. */
export function renderRecord(record: MbusRecord): { readonly [name: string]: Plain } {
  const { head, raw, flaw } = record;
  const value = literalOf(record);
  return {
    quantity: head.quantity,
    ...(head.unit === '' ? {} : { unit: head.unit }),
    value,
    ...(raw === undefined ? {} : { raw: typeof raw === 'bigint' ? String(raw) : raw, power: head.power }),
    ...(typeof raw === 'bigint' ? { exact: exactOf(record)! } : {}),
    ...(record.time?.summerTime ? { summerTime: true } : {}),
    ...renderProfile(record),
    ...(flaw === undefined ? {} : { invalid: flaw }),
    function: head.function,
    storage: head.storage,
    tariff: head.tariff,
    subunit: head.subunit,
    ...(head.modifiers.length === 0 ? {} : { modifiers: head.modifiers }),
    head: hexOf(head.bytes),
    data: hexOf(record.data),
  };
}

function renderProfile(record: MbusRecord): { readonly [name: string]: Plain } {
  const profile = profileOf(record);
  if (profile === undefined) return {};
  const { mode, spacing, inverse, elements } = profile;
  const values = elements.map((raw) => (raw === undefined ? null : scaled({ raw, head: record.head })!));
  return { profile: { mode, spacing: { ...spacing }, newestFirst: inverse, values } };
}

/** What the bytes say, whether the meter calls it valid or not. */
function literalOf(record: MbusRecord): Plain {
  const { time, text } = record;
  if (time !== undefined) return textOfTime(time) ?? null;
  if (text !== undefined) return text;
  const value = scaled(record);
  if (value !== undefined) return Number.isFinite(value) ? value : null;
  return record.data.length === 0 ? null : hexOf(record.data);
}
