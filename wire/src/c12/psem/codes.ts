/** Response codes of C12.18 clause 4.3.1, C12.21 and C12.22 clause 5.3.2.1. */
export const responseCodes = {
  0: ['ok', 'no problem'],
  1: ['err', 'error'],
  2: ['sns', 'service not supported'],
  3: ['isc', 'insufficient security clearance'],
  4: ['onp', 'operation not possible'],
  5: ['iar', 'inappropriate action requested'],
  6: ['bsy', 'device busy'],
  7: ['dnr', 'data not ready'],
  8: ['dlk', 'data locked'],
  9: ['rno', 'renegotiate request'],
  10: ['isss', 'invalid service sequence state'],
  11: ['sme', 'security mechanism error'],
  12: ['uat', 'unknown application title'],
  13: ['nett', 'network time-out'],
  14: ['netr', 'network not reachable'],
  15: ['rqtl', 'request too large'],
  16: ['rstl', 'response too large'],
  17: ['sgnp', 'segmentation not possible'],
  18: ['sgerr', 'segmentation error'],
} as const satisfies Readonly<Record<number, readonly [string, string]>>;

type Row = (typeof responseCodes)[keyof typeof responseCodes];
export type ResponseName = Row[0];

const byCode = new Map<number, Row>(Object.entries(responseCodes).map(([code, row]) => [Number(code), row]));
const byName = new Map<string, number>(
  Object.entries(responseCodes).map(([code, [name]]) => [name, Number(code)]),
);

/** Codes from here on are requests. */
export const FIRST_REQUEST_CODE = 0x20;

/** `isss`; `reserved-1f` for a code the standards leave free. */
export function responseName(code: number): string {
  return byCode.get(code)?.[0] ?? `reserved-${code.toString(16).padStart(2, '0')}`;
}

export function responseWords(code: number): string {
  return byCode.get(code)?.[1] ?? 'reserved';
}

export function responseCode(name: ResponseName): number {
  return byName.get(name)!;
}
