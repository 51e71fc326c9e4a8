/**
 * What the fields of key files are called in the field, so that most files need no mapping. Letters and
 * digits only, lower case.
 */
import type { KeyFileMapping, OneOf } from './key-file.ts';

export const usualKeyNames: Readonly<Record<string, readonly string[]>> = {
  serial: [
    ...['serial', 'serialnumber', 'serialno', 'meterid', 'meter', 'meterserial', 'meternumber', 'meterno'],
    ...['deviceid', 'devicenumber', 'equipmentid', 'deveui'],
  ],
  title: ['systemtitle', 'title', 'servertitle', 'serversystemtitle', 'systitle'],
  suite: ['suite', 'securitysuite'],
  manufacturer: ['manufacturer', 'maker', 'make', 'vendor', 'mfr', 'man'],
  model: ['model', 'metertype', 'devicetype', 'product', 'article'],
  devEui: ['deveui', 'eui64', 'eui'],
  guek: [
    ...['guek', 'ek', 'encryptionkey', 'globalunicastencryptionkey', 'blockcipherkey', 'unicastkey', 'guk'],
    'gpk60',
  ],
  gbek: ['gbek', 'bk', 'broadcastkey', 'globalbroadcastencryptionkey', 'gbk'],
  gak: ['gak', 'ak', 'authenticationkey', 'globalauthenticationkey', 'gpk61'],
  kek: ['kek', 'mk', 'masterkey', 'keyencryptionkey'],
  lls: ['lls', 'llssecret', 'password', 'lowlevelsecuritysecret', 'llspassword'],
  hls: ['hls', 'hlssecret', 'highlevelsecuritysecret', 'hlskey'],
  wmbus: [
    ...['wmbus', 'wmbuskey', 'aeskey', 'aes', 'aes128', 'aes128key', 'radiokey', 'defaultkey', 'key'],
    ...['mbuskey', 'appkeywmbus', 'oms', 'omskey'],
  ],
  p1: ['p1', 'p1key', 'p1encryptionkey', 'customerportkey', 'cip', 'cipkey'],
  p1_auth: ['p1auth', 'p1authenticationkey', 'customerportauthenticationkey'],
  lorawan_app: ['appkey', 'applicationkey', 'lorawanappkey', 'rootappkey'],
  lorawan_nwk: ['nwkkey', 'networkkey', 'lorawannwkkey', 'rootnwkkey'],
  joinEui: ['joineui', 'appeui', 'joinserverid'],
  profile: ['profileid', 'loraprofileid', 'tr005profileid'],
  label: ['label', 'qr', 'qrcode', 'qrdata', 'qrtext', 'tr005', 'onboardingtag', 'barcode', 'datamatrix'],
  commodity: ['commodity', 'medium'],
  usagePoint: ['usagepoint', 'usagepointcode', 'meteringpoint'],
  installedAt: ['installedat', 'installationdate', 'installed'],
  startIndex: ['startindex', 'initialindex', 'initialreading', 'startreading', 'deliveryindex'],
  gateway: ['gateway', 'gatewayid'],
  codec: ['codec', 'codecid'],
};

/** Any of these says which meter a row is of. */
export const meterNames: readonly string[] = ['serial', 'title', 'devEui', 'label'];

export function namesOf(one: OneOf): readonly string[] {
  return typeof one === 'string' ? [one] : one;
}

export function bareName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/**
 * Shapes in which XML gives a field, `*` for its name: an element, an attribute, an entry of a list of
 * keys.
 */
const shapes = [
  ...['*', '@*', 'keys/*', 'keys/@*', 'security/*', 'securitykeys/*'],
  ...['', 'keys/', 'keylist/', 'security/'].flatMap((parent) =>
    ['type', 'name', 'id', 'kind'].flatMap((attribute) => [
      `${parent}key[@${attribute}=*]/@value`,
      `${parent}key[@${attribute}=*]/value`,
      `${parent}key[@${attribute}=*]`,
    ]),
  ),
];

/** XML without a mapping: an element a meter under a usual name, its fields in one of the usual shapes. */
export const usualKeyXml = {
  format: 'xml',
  record: ['meter', 'device', 'meterkeys', 'enddevice', 'equipment', 'meterrecord'],
  fields: Object.fromEntries(
    Object.entries(usualKeyNames).map(([field, names]) => [
      field,
      // an element of this name holds a key of any kind
      names
        .filter((name) => name !== 'key')
        .flatMap((name) => shapes.map((shape) => shape.replace('*', name))),
    ]),
  ),
} as const satisfies KeyFileMapping;

/** A path as it is compared: without case, and without what is no letter, digit or part of the notation. */
export function barePath(path: string): string {
  return path.toLowerCase().replace(/[^a-z0-9/@[\]=]/g, '');
}
