/**
 * What a codec says of downlinks that switch a supply: how to order it, by what an uplink shows how it is,
 * and which downlinks do no such thing. What is not declared harmless may cut somebody off.
 */
import { codecErrors } from './codec-errors.ts';
import type { Where } from './mapping.ts';
import { parsePath, valueAt } from './paths.ts';

/** What `encodeDownlink` is given. */
export interface ControlDownlink {
  readonly fPort: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface HarmlessDownlink {
  /** Of the encoded downlink. */
  readonly fPort: number;
  /** Fields that the data may have, whatever their values; others make it unsafe. */
  readonly fields: readonly string[];
  /** Fields that the data must have, with these values. */
  readonly where?: Where;
}

export interface SupplyState {
  /** Where decoded data says it. */
  readonly value: string;
  readonly connected: string | number | boolean;
  readonly disconnected: string | number | boolean;
}

export interface CodecControl {
  readonly connect?: ControlDownlink;
  readonly disconnect?: ControlDownlink;
  /** Left out: that a device acknowledged is all that is known. */
  readonly state?: SupplyState;
  readonly harmless?: readonly HarmlessDownlink[];
}

const mostHarmless = 50;
const mostFields = 50;

/** Throws CODEC_INVALID, naming the part. */
export function checkControl({ connect, disconnect, state, harmless = [] }: CodecControl): void {
  const wrong = (where: string, what: string) => codecErrors.CODEC_INVALID(`control.${where}: ${what}`);
  const isPort = (port: number) => Number.isInteger(port) && port >= 1 && port <= 223;
  for (const [name, order] of Object.entries({ connect, disconnect }))
    if (order !== undefined && !isPort(order.fPort)) throw wrong(`${name}.fPort`, 'not from 1 to 223');
  if (connect && disconnect && JSON.stringify(connect) === JSON.stringify(disconnect))
    throw wrong('connect', 'the same as disconnect');
  if (state !== undefined) {
    parsePath(state.value);
    if (state.connected === state.disconnected) throw wrong('state', 'both are the same');
  }
  if (harmless.length > mostHarmless) throw wrong('harmless', `at most ${mostHarmless}`);
  for (const [i, { fPort, fields, where = {} }] of harmless.entries()) {
    if (!isPort(fPort)) throw wrong(`harmless[${i}].fPort`, 'not from 1 to 223');
    const names = fields.length + Object.keys(where).length;
    if (names === 0 || names > mostFields)
      throw wrong(`harmless[${i}]`, `1 to ${mostFields} names in fields and where`);
  }
}

/** Whether a downlink that the codec made of `data`, for this port, is declared to switch no supply. */
export function isHarmless(control: CodecControl | undefined, data: unknown, fPort: number): boolean {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false;
  const given = data as Readonly<Record<string, unknown>>;
  const names = Object.keys(given);
  return (control?.harmless ?? []).some(({ fPort: port, fields, where = {} }) => {
    const isWhole = Object.entries(where).every(
      ([name, value]) => Object.hasOwn(given, name) && given[name] === value,
    );
    const isKnown = names.every((name) => Object.hasOwn(where, name) || fields.includes(name));
    return port === fPort && names.length > 0 && isWhole && isKnown;
  });
}

/** How the supply is by what an uplink was decoded to; undefined where it does not say. */
export function outputOf(state: SupplyState | undefined, data: unknown): boolean | undefined {
  if (state === undefined) return undefined;
  const value = valueAt(data, parsePath(state.value));
  if (value === state.connected) return true;
  return value === state.disconnected ? false : undefined;
}
