/** Members of a group as lines of text: `412 2026-01-01 2026-06-30`. Pure. */
import type { ChannelGroupItem } from '@openami/server/contract';

type Member = ChannelGroupItem['members'][number];

const always = new Date(0).toISOString();

/** Midnights are written as dates. */
const dateText = (iso: string) => iso.replace(/T00:00:00(\.000)?Z$/, '');

export function membersText(members: readonly Member[]): string {
  return members
    .map(({ channelId, validFrom, validUntil }) => {
      const from = validUntil === null && Date.parse(validFrom) === 0 ? '' : dateText(validFrom);
      return [channelId, from, validUntil === null ? '' : dateText(validUntil)]
        .filter((part) => part !== '')
        .join(' ');
    })
    .join('\n');
}

/** Members of a text, and the lines (from 1) that cannot be read. */
export function readMembers(text: string): { readonly members: Member[]; readonly bad: number[] } {
  const members: Member[] = [];
  const bad: number[] = [];
  text.split('\n').forEach((line, i) => {
    const parts = line
      .trim()
      .split(/[\s,;]+/)
      .filter(Boolean);
    if (parts.length === 0) return;
    const member = memberOf(parts);
    if (member) members.push(member);
    else bad.push(i + 1);
  });
  return { members, bad };
}

function memberOf([id = '', from, until, ...more]: readonly string[]): Member | undefined {
  const [, digits] = /^#?(\d{1,9})$/.exec(id) ?? [];
  const validFrom = from === undefined ? always : instantOf(from);
  const validUntil = until === undefined ? null : instantOf(until);
  if (digits === undefined || more.length > 0 || validFrom === undefined || validUntil === undefined)
    return undefined;
  if (validUntil !== null && validUntil <= validFrom) return undefined;
  return { channelId: Number(digits), validFrom, validUntil };
}

function instantOf(text: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
