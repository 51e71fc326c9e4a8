/**
 * Sessions with registered meters: whatever is done with a meter goes through here, so that keys, counters,
 * the record of what was said and the diagnosis of what went wrong are in one place.
 */
import type { Clock } from '@openami/model';
import type { CommandMeter } from '../commands/driver.ts';
import type { Diagnosis } from '../keys/diagnose.ts';
import type { KeyProof } from '../keys/key-life.ts';
import { diagnoseError } from './diagnosis.ts';
import type { MeterAccesses } from './meter-access.ts';
import {
  type MeterAccess,
  type MeterSession,
  runSession,
  type SessionOptions,
  type SessionOutcome,
} from './session.ts';
import { SessionBook, type SessionPurpose, type SessionRecord } from './session-book.ts';
import { SessionLog } from './session-log.ts';

export interface FieldOptions {
  readonly accesses: MeterAccesses;
  readonly clock: Clock;
  /** Told of every session that ended. */
  readonly onSession?: (record: SessionRecord) => void;
  /** Told of the keys under which an association was opened. */
  readonly onProof?: (proof: KeyProof) => void;
}

export type FieldOutcome<T> = SessionOutcome<T> & { readonly diagnosis?: Diagnosis };

type Work<T> = (session: MeterSession) => Promise<T>;
type Options = Pick<SessionOptions, 'signal' | 'onReceived'>;

export class DlmsField {
  readonly book = new SessionBook();
  readonly accesses: MeterAccesses;
  readonly #options: FieldOptions;

  constructor(options: FieldOptions) {
    this.#options = options;
    this.accesses = options.accesses;
  }

  /**
   * Runs work in an association of the meter, with each set of keys it may use until one opens it. Rejects
   * with what stands before any session: DLMS_ENDPOINT, DLMS_KEYS_MISSING, faults of vault and store.
   */
  async run<T>(
    meter: CommandMeter,
    purpose: SessionPurpose,
    work: Work<T>,
    options: Options = {},
  ): Promise<FieldOutcome<T>> {
    const accesses = await this.accesses.of(meter);
    let access = accesses[0]!;
    let outcome = await this.runWith(meter, access, purpose, work, options);
    for (const next of accesses.slice(1)) {
      const wrongKey =
        !outcome.ok && outcome.stage === 'associate' && outcome.diagnosis?.outcome === 'wrong-key';
      if (!wrongKey) break;
      access = next;
      outcome = await this.runWith(meter, access, purpose, work, options);
    }
    if (!outcome.ok && outcome.diagnosis?.outcome === 'wrong-key') this.accesses.forget(meter.meterId);
    if (outcome.ok || outcome.stage === 'work' || outcome.stage === 'release') this.proved(meter, access);
    return outcome;
  }

  /** The meter opened an association of this access. */
  proved({ meterId }: CommandMeter, { keys }: MeterAccess): void {
    if (keys !== undefined) this.#options.onProof?.({ meterId, ...keys });
  }

  /** The same with a given access. */
  async runWith<T>(
    meter: CommandMeter,
    access: MeterAccess,
    purpose: SessionPurpose,
    work: Work<T>,
    options: Options = {},
  ): Promise<FieldOutcome<T>> {
    const log = new SessionLog();
    const about = {
      ...{ meterId: meter.meterId, purpose, access, log },
      ...{ startedMs: this.#options.clock.nowMs(), startMs: performance.now() },
    };
    const outcome = await runSession(access, work, { ...options, log });
    const diagnosis = outcome.ok ? undefined : diagnoseError(outcome.error);
    const record = this.book.note(about, outcome, diagnosis);
    this.#options.onSession?.(record);
    return diagnosis === undefined ? outcome : { ...outcome, diagnosis };
  }
}
