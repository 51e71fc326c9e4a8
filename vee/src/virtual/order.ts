/** The order in which virtual channels are worked out: each after those it is made of. */
import { veeErrors } from '../errors.ts';

/**
 * Channels in an order that works; `inputs` names, for each virtual channel, the channels it is made of
 * (those that are not virtual themselves do not matter). Raises VEE_FORMULA_CYCLE and names the ring.
 */
export function virtualOrder(inputs: ReadonlyMap<number, readonly number[]>): number[] {
  const order: number[] = [];
  const state = new Map<number, 'open' | 'done'>();
  // A stack of our own: a chain of a hundred thousand channels is no reason to fail.
  for (const start of inputs.keys()) {
    if (state.has(start)) continue;
    const path: { channel: number; next: number }[] = [{ channel: start, next: 0 }];
    state.set(start, 'open');
    while (path.length > 0) {
      const top = path.at(-1)!;
      const input = inputs.get(top.channel)![top.next++];
      if (input === undefined) {
        state.set(top.channel, 'done');
        order.push(top.channel);
        path.pop();
        continue;
      }
      if (!inputs.has(input) || state.get(input) === 'done') continue;
      if (state.get(input) === 'open') {
        const ring = path
          .slice(path.findIndex(({ channel }) => channel === input))
          .map(({ channel }) => channel);
        throw veeErrors.VEE_FORMULA_CYCLE([...ring, input].map((id) => `#${id}`).join(' needs '), { ring });
      }
      state.set(input, 'open');
      path.push({ channel: input, next: 0 });
    }
  }
  return order;
}

/** Virtual channels that have to be worked out again when `changed` change, in order. */
export function dependents(
  order: readonly number[],
  inputs: ReadonlyMap<number, readonly number[]>,
  changed: Iterable<number>,
): number[] {
  const touched = new Set(changed);
  return order.filter((channel) => {
    if (!inputs.get(channel)!.some((input) => touched.has(input))) return false;
    touched.add(channel);
    return true;
  });
}
