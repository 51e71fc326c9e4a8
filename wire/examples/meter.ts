/** A meter to try the examples on: the library's own household meter, with 96 quarter hours behind it. */
import {
  DlmsServer,
  nobleCrypto,
  type ProfileSource,
  pushSetupObject,
  residentialMeter,
  ServerModel,
} from '@openami/wire/dlms';

export const clientTitle = Uint8Array.of(0x4f, 0x41, 0x4d, 0, 0, 0, 0, 1);
export const meterTitle = Uint8Array.of(0x4f, 0x41, 0x4d, 0, 0, 0, 1, 0);
/** Keys of suite 0: one to encrypt, one to authenticate. Real ones come from the maker's key file. */
export const encryptionKey = Uint8Array.from({ length: 16 }, (_, i) => i);
export const authenticationKey = Uint8Array.from({ length: 16 }, (_, i) => 0xd0 + i);

/** The association that may do all, and the object with its keys and policy. */
export const MANAGEMENT = { clientSap: 1, securitySetup: '0.0.43.0.1.255' } as const;
export const LOAD_PROFILE = '1.0.99.1.0.255';
export const PUSH_SETUP = '0.0.25.9.0.255';
/** 2026-03-01 00:00 UTC. */
export const DAY_S = 1_772_323_200;
const ROWS = 96;

/** Columns of the profile: clock, status, energy imported and exported in Wh. */
const quarterHours: ProfileSource = {
  count: () => ROWS,
  timeS: (row) => DAY_S + (row + 1) * 900,
  value: (row, column) => [0, 0, 1_000 + row * 250, 0][column]!,
};

/** What it pushes: the list itself first, so that the receiver knows what each value is. */
const pushed = pushSetupObject(PUSH_SETUP, [
  [40, PUSH_SETUP, 2, 0],
  [1, '0.0.42.0.0.255', 2, 0],
  [8, '0.0.1.0.0.255', 2, 0],
  [3, '1.0.1.8.0.255', 2, 0],
  [3, '1.0.1.8.0.255', 3, 0],
]);
/** Made once: all meters alike share it. */
const model = new ServerModel({
  ...residentialMeter,
  objects: [...residentialMeter.objects.filter(({ instance }) => instance !== PUSH_SETUP), pushed],
});

export function exampleMeter(onPush: (apdu: Uint8Array) => void = () => {}): DlmsServer {
  // a real meter keeps its counter through a loss of power
  let counter = 1;
  return new DlmsServer(model, {
    crypto: nobleCrypto,
    systemTitle: meterTitle,
    nowS: () => DAY_S + 86_400,
    nextCounter: () => counter++,
    secrets: {
      keys: {
        [MANAGEMENT.securitySetup]: {
          suite: 0,
          policy: 'auth-encrypt',
          unicast: encryptionKey,
          authentication: authenticationKey,
        },
      },
    },
    series: (instance) => (instance === LOAD_PROFILE ? quarterHours : undefined),
    value: (classId, instance) => (classId === 3 && instance === '1.0.1.8.0.255' ? 24_750 : undefined),
    onEvent: (event) => {
      if (event.type === 'push') onPush(event.apdu);
    },
  });
}
