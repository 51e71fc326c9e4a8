/** What a rule set must hold besides its form before this utility can work by it. */
import { type RuleSet, veeErrors } from '@openami/vee';
import type { ChannelBook } from './channel-book.ts';

/** Raises VEE_RULE_SET_INVALID for a set that asks nothing, and for temperatures that are none. */
export async function requireUsable(book: ChannelBook, { groups }: RuleSet): Promise<void> {
  const errors: { path: string; message: string }[] = [];
  if (groups.every(({ steps }) => steps.length === 0))
    errors.push({ path: 'groups', message: 'must name a rule: nothing would be validated' });
  const asked = groups.flatMap(({ estimates }, i) =>
    estimates?.temperature === undefined ? [] : [{ at: i, channel: estimates.temperature }],
  );
  await book.load(asked.map(({ channel }) => channel));
  for (const { at, channel } of asked) {
    const { baseUnit, intervalS = 0 } = book.get(channel)?.facts ?? {};
    if (baseUnit === 'degC' && intervalS > 0) continue;
    const message = `channel ${channel} does not hold temperatures by interval`;
    errors.push({ path: `groups[${at}].estimates.temperature`, message });
  }
  if (errors.length === 0) return;
  throw veeErrors.VEE_RULE_SET_INVALID(errors.map(({ path, message }) => `${path}: ${message}`).join('; '), {
    errors,
  });
}
