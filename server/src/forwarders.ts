/** Addresses of forwarders of telegrams, as the configuration lists them. */
import type { Forwarder } from '@openami/headend';

/** A forwarder is connected to with a connection each. */
const mostForwarders = 100;

/** Throws an Error in words for people where the text holds something else. */
export function forwardersOf(text: string): Forwarder[] {
  const parts = text.split(',').map((one) => one.trim());
  const forwarders = parts.filter((one) => one !== '').map(forwarderOf);
  if (forwarders.length > mostForwarders) throw new Error(`more than ${mostForwarders} forwarders`);
  return forwarders;
}

function forwarderOf(text: string): Forwarder {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const { protocol, hostname, port, pathname, searchParams } = url ?? {};
  const isPlain = pathname === '' || pathname === '/';
  if (protocol !== 'tcp:' || !hostname || !port || !isPlain)
    throw new Error(`wants tcp://host:port?gateway=name, not "${text}"`);
  const unknown = [...searchParams!.keys()].find((name) => name !== 'gateway');
  if (unknown !== undefined)
    throw new Error(`"${unknown}" of "${text}" means nothing here; only gateway does`);
  const gateway = searchParams!.get('gateway') || `${hostname}:${port}`;
  if (gateway.length > 64) throw new Error('a gateway has a name of at most 64 characters');
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), gateway };
}
