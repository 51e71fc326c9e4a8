/** Exceptions and edits as the API shows them. */
import { qualityName, reasonsOf } from '@openami/model';
import type { EditRow, VeeEdit, VeeException } from '@openami/store';
import { ruleById } from '@openami/vee';
import type { EditItem, ExceptionItem } from '../../contract/vee.ts';
import type { NameOf } from '../../identity/names.ts';
import type { BookedChannel } from './channel-book.ts';

export function showException(exception: VeeException, channel: BookedChannel | undefined): ExceptionItem {
  const { measure, limitValue, version: _version, openedAt, changedAt, effect, ...rest } = exception;
  const rule = ruleById(exception.rule);
  return {
    ...rest,
    serial: channel?.around.serial ?? '',
    title: rule?.title ?? exception.rule,
    words: rule && channel ? rule.words(measure, limitValue, channel.facts) : '',
    effect: effect / 1_000,
    baseUnit: channel?.facts.baseUnit ?? '',
    openedAt: openedAt.toISOString(),
    changedAt: changedAt.toISOString(),
  };
}

export function showRow({ end, value, quality, flags }: EditRow): EditItem['before'][number] {
  return { end, value, quality: qualityName(quality), reasons: reasonsOf(flags) };
}

export function showEdit(edit: VeeEdit, channel: BookedChannel | undefined, nameOf: NameOf): EditItem {
  const { key: _key, requestedPerson: _person, version: _version, ...rest } = edit;
  return {
    ...rest,
    serial: channel?.around.serial ?? '',
    before: edit.before.map(showRow),
    after: edit.after.map(showRow),
    change: edit.change / 1_000,
    baseUnit: channel?.facts.baseUnit ?? '',
    requestedByName: nameOf(edit.requestedBy),
    decidedByName: edit.decidedBy === '' ? '' : nameOf(edit.decidedBy),
    requestedAt: edit.requestedAt.toISOString(),
    decidedAt: edit.decidedAt?.toISOString() ?? null,
  };
}
