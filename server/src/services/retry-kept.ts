/** Telegrams and uplinks that could not be read are read once more: a key, a model or a codec came since. */
import type { HeardState } from '@openami/headend';
import type { AccessContext } from '@openami/model';
import type { AppContext } from '../context.ts';

/** So many are looked at in one call at most. */
const mostRetried = 100;

interface Retried {
  readonly name: string;
  readonly network: 'radio' | 'lorawan';
  /** Kept telegrams or uplinks that gave readings. */
  readonly read: number;
  /** What became of the newest. */
  readonly state: string;
  readonly code: string;
}

export interface RetryAnswer {
  readonly items: readonly Retried[];
  /** The name to go on after; empty at the end. */
  readonly next: string;
}

const unread: ReadonlySet<HeardState> = new Set<HeardState>(['no-key', 'wrong-key', 'unreadable']);

/**
 * Reads what was kept of who is named, or of whoever cannot be read, in the order of names; `after` goes on.
 * Safe to repeat. Rejects as the vault and the store do.
 */
export async function retryKept(
  context: AppContext,
  ctx: AccessContext,
  { name, after = '' }: { readonly name?: string | undefined; readonly after?: string | undefined },
): Promise<RetryAnswer> {
  context.requireWriter();
  const { radio, lorawan } = context;
  radio.forgetKeys();
  const waiting = [...namesOf(context, name)].filter((one) => one > after).sort();
  const items: Retried[] = [];
  for (const one of waiting.slice(0, mostRetried)) {
    const isRadio = radio.heard.get(one) !== undefined;
    const read = isRadio ? await radio.retry(ctx, one) : await lorawan.retry(ctx, one);
    const { state, code } = (isRadio ? radio.heard.get(one) : lorawan.heard.get(one))!;
    items.push({ name: one, network: isRadio ? 'radio' : 'lorawan', read, state, code });
  }
  return { items, next: waiting.length > mostRetried ? waiting[mostRetried - 1]! : '' };
}

function* namesOf({ radio, lorawan }: AppContext, name: string | undefined): Iterable<string> {
  for (const one of radio.heard.all())
    if (name === undefined ? unread.has(one.state) : one.name === name) yield one.name;
  for (const { devEui, state } of lorawan.heard.all())
    if (name === undefined ? state === 'failed' : devEui === name) yield devEui;
}
