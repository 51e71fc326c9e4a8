/** Firmware of DLMS meters: image transfer (class 18, Blue Book "Image transfer"). */
import {
  bytesOf,
  type CosemValue,
  type DlmsClient,
  elementsOf,
  imageStates,
  numberOf,
  type Signal,
} from '@openami/wire/dlms';
import type { CommandMeter } from '../commands/driver.ts';
import type { ImageDriver } from '../firmware/runner.ts';
import type { FirmwareTarget, ImageStatus, TransferOutcome } from '../firmware/transfer.ts';
import type { DlmsField, FieldOutcome } from './field.ts';
import type { MeterSession } from './session.ts';
import { inField, isRefusal, outcomeOfSession } from './session-outcome.ts';

export const imageObject = { classId: 18, instance: '0.0.44.0.0.255' } as const;
const activeFirmware = { classId: 1, instance: '1.0.0.2.0.255', attribute: 2 } as const;
const zero: CosemValue = { type: 'integer', value: 0 };

const stateNames: Readonly<Record<number, ImageStatus['state']>> = {
  [imageStates['not-initiated']]: 'none',
  [imageStates.initiated]: 'initiated',
  [imageStates['verification-initiated']]: 'verifying',
  [imageStates['verification-successful']]: 'verified',
  [imageStates['verification-failed']]: 'verify-failed',
  [imageStates['activation-initiated']]: 'activating',
  [imageStates['activation-successful']]: 'activated',
  [imageStates['activation-failed']]: 'activation-failed',
};

/** Version of the firmware that runs, as the meter writes it. */
export async function runningVersion(client: DlmsClient, signal?: Signal): Promise<string> {
  const bytes = bytesOf(await client.get(activeFirmware, undefined, signal));
  const text = Buffer.from(bytes ?? [])
    .toString('latin1')
    .replace(/\0+$/, '');
  return /^[\x20-\x7e]*$/.test(text) ? text : Buffer.from(bytes!).toString('hex');
}

/** Length and name of the first image that is ready to be activated. */
function infoOf(images: CosemValue): readonly CosemValue[] {
  const [first] = elementsOf(images) ?? [];
  return (first && elementsOf(first)) ?? [];
}

export class DlmsImageDriver implements ImageDriver {
  readonly #field: DlmsField;

  constructor(field: DlmsField) {
    this.#field = field;
  }

  async status(
    meter: CommandMeter,
    signal: AbortSignal,
  ): Promise<ImageStatus | Exclude<TransferOutcome, 'ok'>> {
    const outcome = await this.#run(meter, signal, async ({ client }) => {
      const at = (attribute: number) => client.get({ ...imageObject, attribute }, undefined, signal);
      const [block, bits, state] = [await at(2), await at(3), await at(6)];
      const [size, name] = infoOf(await at(7));
      const told = name && bytesOf(name);
      const has = bits.type === 'bit-string' ? bits : { bits: 0, value: new Uint8Array(0) };
      return {
        state: stateNames[numberOf(state) ?? -1] ?? 'none',
        identifier: told ? Buffer.from(told).toString('hex') : '',
        imageBytes: (size && numberOf(size)) ?? 0,
        blockBytes: numberOf(block) ?? 0,
        blocks: has.bits,
        received: has.value.slice(),
        version: await runningVersion(client, signal),
      };
    });
    if (outcome === 'not-sent') return 'lost';
    return outcome.ok ? outcome.value : notOk(outcome);
  }

  initiate(meter: CommandMeter, target: FirmwareTarget, signal: AbortSignal): Promise<TransferOutcome> {
    const { identifier, bytes } = target;
    const parameters: CosemValue = {
      type: 'structure',
      elements: [
        { type: 'octet-string', value: Uint8Array.from(Buffer.from(identifier, 'hex')) },
        { type: 'double-long-unsigned', value: bytes },
      ],
    };
    return this.#act(meter, signal, ({ client }) =>
      client.invoke({ ...imageObject, method: 1 }, parameters, signal),
    );
  }

  send(
    meter: CommandMeter,
    blocks: readonly { readonly number: number; readonly bytes: Uint8Array }[],
    signal: AbortSignal,
  ): Promise<TransferOutcome> {
    return this.#actFrom('initiated', meter, signal, async (client) => {
      for (const { number, bytes } of blocks) {
        const elements: CosemValue[] = [
          { type: 'double-long-unsigned', value: number },
          { type: 'octet-string', value: bytes },
        ];
        await client.invoke({ ...imageObject, method: 2 }, { type: 'structure', elements }, signal);
      }
    });
  }

  verify(meter: CommandMeter, signal: AbortSignal): Promise<TransferOutcome> {
    return this.#actFrom('initiated', meter, signal, (client) =>
      client.invoke({ ...imageObject, method: 3 }, zero, signal),
    );
  }

  activate(meter: CommandMeter, signal: AbortSignal): Promise<TransferOutcome> {
    return this.#actFrom('verified', meter, signal, (client) =>
      client.invoke({ ...imageObject, method: 4 }, zero, signal),
    );
  }

  /**
   * As `#act`. A meter that says no, and is not where it was meanwhile, did something else about it: it is
   * at work (it answers "temporary failure"), found the image not valid, or lost it with its power. That is
   * for the next look at its status, and no refusal.
   */
  #actFrom(
    from: ImageStatus['state'],
    meter: CommandMeter,
    signal: AbortSignal,
    work: (client: DlmsClient) => Promise<unknown>,
  ): Promise<TransferOutcome> {
    return this.#act(meter, signal, async ({ client }) => {
      try {
        await work(client);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        const state = await client.get({ ...imageObject, attribute: 6 }, undefined, signal);
        if (stateNames[numberOf(state) ?? -1] === from) throw error;
      }
    });
  }

  async #act(
    meter: CommandMeter,
    signal: AbortSignal,
    work: (session: MeterSession) => Promise<unknown>,
  ): Promise<TransferOutcome> {
    const outcome = await this.#run(meter, signal, work);
    if (outcome === 'not-sent') return 'lost';
    return outcome.ok ? 'ok' : notOk(outcome);
  }

  #run<T>(meter: CommandMeter, signal: AbortSignal, work: (session: MeterSession) => Promise<T>) {
    return inField(() => this.#field.run(meter, 'firmware', work, { signal }));
  }
}

function notOk(outcome: FieldOutcome<unknown>): Exclude<TransferOutcome, 'ok'> {
  const told = outcomeOfSession(outcome);
  return told === 'refused' || told === 'unsupported' ? told : 'lost';
}
