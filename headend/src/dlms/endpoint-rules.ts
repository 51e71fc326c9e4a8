/** What an endpoint may say, and which changes of one may hand out what the keys of its meter protect. */
import { isIP } from 'node:net';
import type { MeterEndpoint } from '@openami/model';
import { type Protection, type ProtectionName, protections } from '@openami/wire/dlms';
import { dlmsFieldErrors } from './errors.ts';
import { meterProfileNames, meterProfileOf } from './meter-profiles.ts';

const hostName =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

/** Raises DLMS_ENDPOINT: a host is a name or an address, one that we call has a port, a profile is known. */
export function checkEndpoint({ mode, host, port, profile }: MeterEndpoint): void {
  if (host !== '' && isIP(host) === 0 && !hostName.test(host))
    throw dlmsFieldErrors.DLMS_ENDPOINT('`host` is neither a name nor an address');
  if (mode === 'outbound' && host === '')
    throw dlmsFieldErrors.DLMS_ENDPOINT('`host` is empty, and the meter is called by us (`outbound`)');
  if (mode === 'outbound' && port === null)
    throw dlmsFieldErrors.DLMS_ENDPOINT(
      '`port` is not 1 to 65535, and the meter is called by us (`outbound`)',
    );
  if (meterProfileOf(profile) === undefined)
    throw dlmsFieldErrors.DLMS_ENDPOINT(`\`profile\` is none of ${meterProfileNames.join(', ')}`);
}

/** Mechanisms that show a stranger nothing of a secret to keep or to guess at. */
const strong = ['hls-gmac', 'hls-ecdsa'];

function authRank(auth: string): number {
  if (auth === '' || auth === 'none') return 0;
  if (auth === 'lls') return 1;
  return strong.includes(auth) ? 3 : 2;
}

const protectionOf = (security: string): Protection =>
  Object.hasOwn(protections, security) ? protections[security as ProtectionName] : protections.none;

const places = [
  ...(['protocol', 'transport', 'mode', 'host', 'port', 'physical'] as const),
  ...(['gatewayNetwork', 'gatewayDevice'] as const),
];

/**
 * Why a change needs who may write keys, for a meter that has some: what is then open to whoever answers at
 * the new place, or listens. Empty when it opens nothing. An endpoint that was not there counts as one of
 * full protection at another place: else to forget it first would be the way around.
 */
export function exposures(
  before: MeterEndpoint | undefined,
  after: MeterEndpoint,
  /** The title that the meter is known by. */
  title: string,
): string[] {
  const found: string[] = [];
  const old = before ?? { auth: 'hls-gmac', security: 'auth-encrypt', suite: 0 };
  const same = (name: (typeof places)[number]) =>
    before !== undefined && String(before[name]).toLowerCase() === String(after[name]).toLowerCase();
  if (!strong.includes(after.auth) && !places.every(same))
    found.push('it goes to another place, with an authentication that shows it the password or lets it pass');
  if (authRank(after.auth) < authRank(old.auth)) found.push('the authentication is weaker');
  const [was, is] = [protectionOf(old.security), protectionOf(after.security)];
  const isWeaker = (was.authenticated && !is.authenticated) || (was.encrypted && !is.encrypted);
  if (isWeaker || after.suite < old.suite) found.push('the security is weaker');
  const wanted = after.systemTitle.toLowerCase();
  const isDropped = wanted === '' && before !== undefined;
  if (title !== '' && wanted !== title.toLowerCase() && (wanted !== '' || isDropped))
    found.push('another system title is expected');
  return found;
}
