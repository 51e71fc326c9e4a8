/** Key rotation over DLMS sessions: key transfer of the security setup (class 64, Blue Book). */
import { type CosemValue, nobleCrypto, type SecuritySuite, securityErrors } from '@openami/wire/dlms';
import type { CommandMeter } from '../commands/driver.ts';
import type { MeterOutcome } from '../keys/rotation.ts';
import type { KeyWrap, RotatedMeter, SessionKeys } from '../keys/rotations.ts';
import type { DlmsField, FieldOutcome } from './field.ts';
import { clockOf } from './meter-clock.ts';
import type { MeterSession } from './session.ts';
import { outcomeOfSession } from './session-outcome.ts';

const setup = { classId: 64, instance: '0.0.43.0.1.255' } as const;
/**
 * AES key wrap (RFC 3394) as key transfer uses it. Key and master key may be of other lengths: keys of a
 * suite to come are wrapped under the master key of the suite before.
 */
export const dlmsKeyWrap: KeyWrap = {
  wrap: (kek, key) => nobleCrypto.wrapKey(kek, key),
  unwrap: (kek, wrapped) => {
    const key = nobleCrypto.unwrapKey(kek, wrapped);
    if (key === undefined) throw securityErrors.DLMS_SECURITY_UNWRAP(`${wrapped.length} bytes`);
    return key;
  },
};

/** A registered meter for `KeyRotations`. */
export class DlmsRotatedMeter implements RotatedMeter {
  readonly #field: DlmsField;
  readonly #meter: CommandMeter;
  readonly #signal: AbortSignal;

  constructor(field: DlmsField, meter: CommandMeter, signal: AbortSignal) {
    this.#field = field;
    this.#meter = meter;
    this.#signal = signal;
  }

  transfer(
    session: SessionKeys,
    keys: readonly { readonly keyId: number; readonly wrapped: Uint8Array }[],
    suite: SecuritySuite | undefined,
  ): Promise<MeterOutcome> {
    const elements = keys.map(
      ({ keyId, wrapped }): CosemValue => ({
        type: 'structure',
        elements: [
          { type: 'enum', value: keyId },
          { type: 'octet-string', value: wrapped },
        ],
      }),
    );
    return this.#under(session, async ({ client }) => {
      if (suite !== undefined) {
        await client.set({ ...setup, attribute: 3 }, { type: 'enum', value: suite }, this.#signal);
      }
      await client.invoke({ ...setup, method: 2 }, { type: 'array', elements }, this.#signal);
    });
  }

  prove(session: SessionKeys): Promise<MeterOutcome> {
    return this.#under(session, async ({ client }) => {
      await clockOf(client, this.#signal);
    });
  }

  async lastCounter(): Promise<number | undefined> {
    const access = this.#field.accesses.publicAccess(this.#meter);
    const read = ({ client }: MeterSession) => client.readCounter(this.#signal);
    const outcome = await this.#field.runWith(this.#meter, access, 'rotation', read, {
      signal: this.#signal,
    });
    return outcome.ok ? outcome.value : undefined;
  }

  async #under(
    { guek, gak }: SessionKeys,
    work: (session: MeterSession) => Promise<void>,
  ): Promise<MeterOutcome> {
    const access = await this.#field.accesses.under(this.#meter, { guek, gak });
    const options = { signal: this.#signal };
    return outcomeOf(await this.#field.runWith(this.#meter, access, 'rotation', work, options));
  }
}

function outcomeOf(outcome: FieldOutcome<void>): MeterOutcome {
  if (outcome.ok) return 'ok';
  if (outcome.stage !== 'work') return outcome.diagnosis?.outcome ?? 'lost';
  const told = outcomeOfSession(outcome);
  return told === 'not-sent' ? 'lost' : told;
}
