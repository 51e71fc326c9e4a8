/**
 * Secrets of simulated meters, all from one demo seed: whoever has the seed and a serial has the keys, so
 * that a fleet needs no key file and is the same after every start. Never use it for a real meter.
 */
import { hkdfSync } from 'node:crypto';
import { nobleCrypto, type SecuritySuite, securitySuites } from '@openami/wire/dlms';

export interface DemoKeys {
  readonly suite: SecuritySuite;
  /** Global unicast encryption key (GUEK), authentication key (GAK), broadcast key (GBEK), master key. */
  readonly unicast: Uint8Array;
  readonly authentication: Uint8Array;
  readonly broadcast: Uint8Array;
  readonly master: Uint8Array;
}

/** Key pairs of mechanism 7: the meter's and that of the client of the demo. */
export interface DemoSigningKeys {
  readonly meterPrivate: Uint8Array;
  readonly clientPrivate: Uint8Array;
  readonly meterPublic: Uint8Array;
  readonly clientPublic: Uint8Array;
}

/** Symmetric keys of a meter. Broadcast and authentication keys are its own too. */
export function demoKeys(seed: number, serial: string, suite: SecuritySuite): DemoKeys {
  const { keyBytes } = securitySuites[suite];
  const make = (use: string): Uint8Array => derive(seed, serial, `${use} ${suite}`, keyBytes);
  return {
    suite,
    unicast: make('guek'),
    authentication: make('gak'),
    broadcast: make('gbek'),
    master: make('kek'),
  };
}

/** Password of low level security: digits, as installers type them. */
export function demoPassword(seed: number, serial: string): Uint8Array {
  return digits(derive(seed, serial, 'password', 8));
}

/** AES-128 key of a wireless M-Bus meter. */
export function demoRadioKey(seed: number, serial: string): Uint8Array {
  return derive(seed, serial, 'wmbus', 16);
}

/** Secret of the mechanisms that hash one: 16 digits. */
export function demoSecret(seed: number, serial: string): Uint8Array {
  return digits(derive(seed, serial, 'secret', 16));
}

/** Signing keys; making them takes milliseconds. */
export function demoSigningKeys(seed: number, serial: string, suite: 1 | 2): DemoSigningKeys {
  const meter = pair(seed, serial, suite);
  const client = pair(seed, 'client of the demo', suite);
  return {
    meterPrivate: meter.privateKey,
    meterPublic: meter.publicKey,
    clientPrivate: client.privateKey,
    clientPublic: client.publicKey,
  };
}

/** The title of a simulated meter: flag id OAM, then the digits of its serial as a number. */
export function demoTitle(serial: string): Uint8Array {
  const number = Number(serial.replace(/\D/g, '').slice(-12) || 0);
  const title = Uint8Array.of(0x4f, 0x41, 0x4d, 0, 0, 0, 0, 0);
  let rest = number;
  for (let at = 7; at > 2; at--) {
    title[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return title;
}

function pair(seed: number, serial: string, suite: 1 | 2) {
  const { curve, coordinateBytes } = securitySuites[suite];
  // nearly every number below the order of the curve is a private key
  for (let attempt = 0; ; attempt++) {
    const privateKey = derive(seed, serial, `sign ${suite} ${attempt}`, coordinateBytes);
    const publicKey = nobleCrypto.publicKey(curve!, privateKey);
    if (publicKey !== undefined) return { privateKey, publicKey };
  }
}

function digits(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => 0x30 + (byte % 10));
}

function derive(seed: number, serial: string, use: string, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', `openami demo ${seed}`, serial, use, bytes));
}
