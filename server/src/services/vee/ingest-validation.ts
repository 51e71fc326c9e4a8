/**
 * Validation on the way in: the rules that need only the readings and what is known of their channel. What
 * passes is stored as valid, what does not as questionable with its reasons; nothing is held back.
 */
import { type Clock, type Commit, type CommitSink, forEachRun } from '@openami/model';
import { Findings, Validator } from '@openami/vee';
import type { ChannelBook } from './channel-book.ts';

export interface IngestValidationOptions {
  readonly book: ChannelBook;
  readonly clock: Clock;
}

/** Readings whose channels are not in the book yet wait for them: only a channel's first ones do. */
export function validatingSink(sink: CommitSink, { book, clock }: IngestValidationOptions): CommitSink {
  const validator = new Validator();
  const findings = new Findings();
  const validate = (work: Commit) => {
    findings.clear();
    const nowS = Math.floor((work.receivedMs ?? clock.nowMs()) / 1000);
    validator.validateBatch(work.readings!, (channel) => book.get(channel), nowS, findings);
  };
  return {
    commit: async (work) => {
      const { readings } = work;
      if (readings !== undefined && readings.length > 0) {
        const unknown = unknownChannels(work, book);
        if (unknown !== undefined) await book.load(unknown);
        validate(work);
      }
      return sink.commit(work);
    },
  };
}

/** Undefined in the usual case, without allocation. */
function unknownChannels({ readings }: Commit, book: ChannelBook): Set<number> | undefined {
  const { channel, length } = readings!;
  let unknown: Set<number> | undefined;
  forEachRun(channel, length, (id) => {
    if (book.get(id) !== undefined) return;
    unknown ??= new Set();
    unknown.add(id);
  });
  return unknown;
}
