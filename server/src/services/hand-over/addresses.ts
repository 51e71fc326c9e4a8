/**
 * Where webhooks may be sent. A URL is somebody's text and a name may resolve to anything, at any time to
 * something else, so what is checked is the address a connection is opened to, when it is opened: private,
 * loopback, link-local (metadata of clouds), multicast and reserved ones are refused unless the configuration
 * allows them.
 */
import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { handOverErrors } from './errors.ts';

/** IANA special-purpose registries (RFC 6890 and after), and what wraps IPv4 in IPv6. */
const special = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32'],
  ...['2002::/16', '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
];

function addRange(list: BlockList, range: string): boolean {
  const [address = '', bits, ...rest] = range.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  const width = version === 6 ? 128 : 32;
  const prefix = bits === undefined ? width : Number(bits);
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && prefix <= width)) return false;
  list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
  return true;
}

/** An IPv4 address that stands in an IPv6 one (`::ffff:10.0.0.1`) as itself. */
function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, '');
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  if (dotted) return dotted[1]!;
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(bare);
  if (!hex) return bare;
  const [high, low] = [Number.parseInt(hex[1]!, 16), Number.parseInt(hex[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

export class AddressFilter {
  readonly #refused = new BlockList();
  readonly #allowed = new BlockList();

  /** `allow`: addresses and ranges with commas between; throws an Error that names the one that is none. */
  constructor(allow = '') {
    for (const range of special) addRange(this.#refused, range);
    for (const range of allow.split(',').map((part) => part.trim())) {
      if (range !== '' && !addRange(this.#allowed, range))
        throw new Error(`"${range}" is no address or range`);
    }
  }

  /** Whether a connection may be opened to it, with TLS or without. */
  permits(address: string, isTls: boolean): boolean {
    const plain = plainAddress(address);
    if (isIP(plain) === 0) return false;
    const family = isIPv6(plain) ? 'ipv6' : 'ipv4';
    if (this.#allowed.check(plain, family)) return true;
    return isTls && !this.#refused.check(plain, family);
  }

  /** Raises WEBHOOK_ADDRESS. */
  require(address: string, isTls: boolean): void {
    if (this.permits(address, isTls)) return;
    const why = this.permits(address, true) ? 'may be reached over TLS only' : 'is private or reserved';
    throw handOverErrors.WEBHOOK_ADDRESS(`${address} ${why}`);
  }

  /**
   * Resolves a name for a connection: what it gives is what is connected to, so a name that resolves to
   * something else a moment later gains nothing. One address that is refused refuses the name.
   */
  lookup(isTls: boolean, resolve: typeof lookup = lookup): LookupFunction {
    return (hostname, options, callback) => {
      resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
        if (error) return callback(error, '', 0);
        try {
          for (const { address } of addresses) this.require(address, isTls);
        } catch (refusal) {
          return callback(refusal as NodeJS.ErrnoException, '', 0);
        }
        if (options.all) return callback(null, addresses);
        return callback(null, addresses[0]!.address, addresses[0]!.family);
      });
    };
  }
}

/**
 * A URL as it is stored. Raises WEBHOOK_URL; WEBHOOK_ADDRESS where it names an address that is refused. A
 * name is looked at when a connection is opened.
 */
export function checkedUrl(text: string, filter: AddressFilter): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['https:', 'http:'].includes(url.protocol))
    throw handOverErrors.WEBHOOK_URL('it does not begin with https:// or http://');
  if (url.username !== '' || url.password !== '')
    throw handOverErrors.WEBHOOK_URL('user and password do not belong into it: messages are signed');
  if (url.hash !== '') throw handOverErrors.WEBHOOK_URL('it has a fragment');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) filter.require(host, url.protocol === 'https:');
  return url;
}
