/** Recorded telegrams as lines of `openami decode dlms`. */
import { type DecodedLine, LineDecoder, nobleCrypto } from '../../../src/dlms/index.ts';
import { hasVectors, vectorLines, vectorText } from '../vectors.ts';

export interface Line {
  readonly hex: string;
  readonly guek?: string;
  readonly gak?: string;
  readonly systemTitle?: string;
}

export interface Recorded {
  readonly name: string;
  readonly line: Line;
  /** A check of the link or a tag covers every byte of it. */
  readonly covered: boolean;
}

interface Transcript {
  readonly hex?: string;
  readonly exchange?: readonly (readonly [side: 'client' | 'server', hex: string])[];
  readonly security: Readonly<Record<string, string>> | null;
}

export interface Reading {
  readonly obis: string;
  readonly value: number | string | null;
  readonly unit: string | null;
  readonly raw?: number;
}

const decoder = new LineDecoder(nobleCrypto);

export function decode(line: Line & { readonly ignoreFcs?: boolean }): DecodedLine & {
  readonly readings?: readonly Reading[];
} {
  return decoder.decode(JSON.stringify({ id: 1, ...line })) as ReturnType<typeof decode>;
}

function one(name: string, path: string, keys: Omit<Line, 'hex'> = {}, covered = true): Recorded {
  return { name, line: { hex: vectorText(path), ...keys }, covered };
}

const aidonKeys = { guek: '0123456789abcdef0123456789abcdef', gak: 'ffeeddccbbaa99887766554433221100' };

export function pushes(): Recorded[] {
  if (!hasVectors) return [];
  const key = (name: string) => vectorText(`push-dumps/${name}`);
  const kamstrup = 'hdlc_kamstrup_omnipower';
  const tirol = JSON.parse(vectorText('mbus-carried-push-tirol.json')) as Record<string, string>;
  return [
    one('iskra550', 'push-dumps/hdlc_iskra550.log'),
    one('norway', 'push-dumps/hdlc_norway_han_3phase.log'),
    one(kamstrup, `push-dumps/${kamstrup}.log`, {
      guek: key(`${kamstrup}.key`),
      gak: key(`${kamstrup}.gak`),
    }),
    one('noe', 'push-dumps/mbus_netz_noe_p1.log', { guek: key('mbus_netz_noe_p1.key') }),
    one('egd', 'push-dumps/raw_egd_example.log', {}, false),
    one('energomera', 'push-dumps/raw_energomera.log', {}, false),
    one('xt211', 'push-dumps/raw_sagecom_xt211.log', {}, false),
    one('aidon-2', 'athombv/dlms/aidon-example-2.txt'),
    one('iskra-1', 'athombv/dlms/iskra-1.txt'),
    one('kamstrup-1', 'athombv/dlms/kamstrup-example-1.txt'),
    one('aidon with aad', 'athombv/dlms/encrypted/aidon-example-2-with-aad.txt', aidonKeys),
    one('aidon without aad', 'athombv/dlms/encrypted/aidon-example-2-without-aad.txt', aidonKeys),
    one('austria plain', 'athombv/m-bus/austria-decrypted-1.txt', {}, false),
    one('austria closed', 'athombv/m-bus/austria-example-1-copy.txt', {}, false),
    { name: 'tirol', line: { hex: tirol.stream_hex!, guek: tirol.key! }, covered: true },
    { name: 'gurux', line: { hex: transcript('gxc_push_hdlc').hex! }, covered: true },
    ...hanLists().map(({ name, meter, llc_apdu_hex: hex }) => ({
      name: `${meter} ${name}`,
      line: { hex },
      covered: false,
    })),
  ];
}

export interface HanList {
  readonly name: string;
  readonly meter: string;
  readonly llc_apdu_hex: string;
  readonly expected: Readonly<Record<string, string | number>>;
}

export function hanLists(): HanList[] {
  return vectorLines<HanList>('amshan-han.jsonl');
}

function transcript(name: string): Transcript {
  return JSON.parse(vectorText(`transcripts/${name}.json`)) as Transcript;
}

export const transcripts = [
  'gxc_hdlc_ln_gmac_ae',
  'gxc_hdlc_ln_high',
  'gxc_hdlc_ln_none',
  'gxc_hdlc_modee_none',
  'gxc_wrapper_ln_gmac_ae_sel',
  'gxc_wrapper_ln_low',
  'gxj_hdlc_ln_low',
  'gxj_wrapper_ln_none',
  'gxjsim_hdlc_ln_none',
];

/** A dialogue frame by frame, each with the title of its sender. */
export function framesOf(name: string): Recorded[] {
  const { exchange = [], security } = transcript(name);
  return exchange.map(([side, hex], i) => ({
    name: `${name} ${i}`,
    line: {
      hex,
      guek: security?.encryption_key,
      gak: security?.authentication_key,
      systemTitle: security?.[`${side}_system_title`],
    },
    covered: name.includes('hdlc') && hex.startsWith('7e'),
  }));
}

interface CipherCase {
  readonly suite: number;
  readonly security: string;
  readonly encryption_key: string;
  readonly authentication_key: string;
  readonly system_title: string;
  readonly plaintext: string;
  readonly general_glo_ciphering_apdu?: string;
  readonly apdu?: string;
}

export function cipherCases(): (Recorded & { readonly plaintext: string; readonly tagged: boolean })[] {
  if (!hasVectors) return [];
  const all = JSON.parse(vectorText('security.json')) as Record<string, CipherCase[]>;
  return [...all.ciphering!, ...all.initiate_and_get!].flatMap((one) => {
    const hex = one.general_glo_ciphering_apdu ?? one.apdu;
    if (hex === undefined) return [];
    const tagged = one.security !== 'encryption';
    const keys = { guek: one.encryption_key, gak: one.authentication_key, systemTitle: one.system_title };
    const name = `suite ${one.suite} ${one.security}`;
    return [{ name, line: { hex, ...keys }, covered: tagged, tagged, plaintext: one.plaintext }];
  });
}

export function apduLines(): Recorded[] {
  return vectorLines<{ kind: string; test: string; hex: string }>('apdu.jsonl').map(
    ({ kind, test, hex }) => ({
      name: test,
      line: { hex },
      covered: kind === 'hdlc',
    }),
  );
}
