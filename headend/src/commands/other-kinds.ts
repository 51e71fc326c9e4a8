/** Kinds of commands for LoRaWAN and LwM2M devices. */
import { param } from '@openami/model';
import { acting, differencesOf, kind } from './kind-shape.ts';

const { text, whole, word } = param;

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

const valueShapes = {
  string: /^/,
  boolean: /^(0|1|true|false)$/,
  integer: /^-?\d{1,18}$/,
  time: /^\d{1,18}$/,
  float: /^-?\d{1,18}(\.\d{1,18})?(e[+-]?\d{1,2})?$/i,
} as const;
type ValueType = keyof typeof valueShapes;

/** Whether two texts are the same value of a resource: `1` and `true`, `2` and `2.0`. */
function isSameValue(type: ValueType, wanted: string, found: string | undefined): boolean {
  if (found === undefined || type === 'string') return wanted === found;
  const flags: Readonly<Record<string, string>> = { true: '1', false: '0' };
  if (type === 'boolean') return (flags[wanted] ?? wanted) === (flags[found] ?? found);
  return type === 'float' ? Number(wanted) === Number(found) : BigInt(wanted) === wholeOrNone(found);
}

const wholeOrNone = (value: string) => (/^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined);

const resource = text(40, '/\\d{1,5}/\\d{1,5}/\\d{1,5}(/\\d{1,5})?');
const unknownEffect = { ...acting, interrupts: true } as const;

// What bytes do to a device, or a resource of it, is not known here: it may switch a supply.
export const otherKinds = {
  downlink: kind({
    ...{ ...unknownEffect, title: 'Send a LoRaWAN downlink', repeat: 'never', relative: true },
    protocol: 'lorawan',
    params: {
      type: 'record',
      // `data`: JSON for `encodeDownlink` of the codec.
      fields: { fPort: whole(1, 223), hex: text(484, '([0-9a-fA-F]{2})*'), data: text(4_000) },
      optional: ['hex', 'data'],
    },
    observe: 'downlink',
    differences: (_params, _before, { acknowledged }) => differencesOf(true, acknowledged, 'acknowledged'),
    problems: ({ hex, data }) => {
      if ((hex === undefined) === (data === undefined)) return ['it needs `hex` or `data`, and not both'];
      return data === undefined || isJson(data) ? [] : ['data is not JSON'];
    },
  }),
  'lwm2m-write': kind({
    ...{ ...unknownEffect, title: 'Write a resource (LwM2M)' },
    protocol: 'lwm2m',
    readBy: ['path'],
    params: {
      type: 'record',
      fields: {
        path: resource,
        type: word('string', 'integer', 'float', 'boolean', 'time'),
        value: text(1_000),
      },
    },
    observe: 'values',
    differences: ({ type, value }, _before, { values }) =>
      isSameValue(type, value, values[0]) ? [] : [{ path: 'value', meter: values[0] ?? null, wanted: value }],
    problems: ({ type, value }) => (valueShapes[type].test(value) ? [] : [`value is no ${type}`]),
  }),
  'lwm2m-execute': kind({
    ...{ ...unknownEffect, title: 'Execute a resource (LwM2M)', repeat: 'never', relative: true },
    protocol: 'lwm2m',
    readBy: ['expect'],
    params: {
      type: 'record',
      fields: {
        path: resource,
        // Core 1.1 clause 6.3.5: digits, each with a text in quotes or none, with commas between.
        arguments: text(200, "\\d(='[ -&(-~]*')?(,\\d(='[ -&(-~]*')?)*"),
        // What must be read back afterwards.
        expect: { type: 'record', fields: { path: resource, value: text(200) } },
      },
      optional: ['arguments'],
    },
    observe: 'values',
    differences: ({ expect }, _before, { values }) => differencesOf([expect.value], values, 'values'),
  }),
} as const;
