/** Codecs and who has which, in memory: every uplink asks. The registry has them; others may change them. */
import {
  acceptCodec,
  type CodecDefinition,
  type CodecDirectory,
  type CodecHost,
  codecErrors,
  type ExampleFailure,
  MBUS_DECODER,
  readCodec,
  scriptOf,
} from '@openami/headend/lorawan';
import { type AccessContext, OpenAmiError, systemAccess } from '@openami/model';
import type { KnownAssignment, LorawanAssignment, LorawanRepository, StoredCodec } from '@openami/store';
import type { UplinkEvent } from '@openami/wire/lorawan';
import { serverErrors } from '../../errors.ts';
import { InTurn } from '../in-turn.ts';

export interface HeldCodec extends StoredCodec {
  readonly codec: CodecDefinition;
}

/** Differences of failed examples that are told. */
const mostDifferences = 50;

export class CodecBook implements CodecDirectory {
  readonly #registry: LorawanRepository;
  readonly #host: CodecHost;
  #codecs: ReadonlyMap<string, HeldCodec> = new Map();
  #assigned: ReadonlyMap<string, KnownAssignment> = new Map();
  /** Devices by the name of their meter, or their own. */
  #byMeter: ReadonlyMap<string, readonly string[]> = new Map();
  #stamp = '';
  readonly #turn = new InTurn();

  constructor(registry: LorawanRepository, host: CodecHost) {
    this.#registry = registry;
    this.#host = host;
  }

  /** Looks whether anything changed, here or by another process; one look after the other. */
  refresh(): Promise<void> {
    return this.#turn.run(() => this.#refresh());
  }

  async #refresh(): Promise<void> {
    const stamp = await this.#registry.stamp(systemAccess);
    if (stamp === this.#stamp) return;
    const [codecs, assigned] = await Promise.all([
      this.#registry.codecs(systemAccess),
      this.#registry.assignments(systemAccess),
    ]);
    const before = this.#codecs;
    this.#codecs = new Map(codecs.map((stored) => [stored.id, held(stored, before.get(stored.id))]));
    this.#assigned = new Map(assigned.map((one) => [one.devEui, one]));
    this.#byMeter = byMeter(assigned);
    this.#stamp = stamp;
    for (const { codec, version } of before.values()) {
      if (this.#codecs.get(codec.id)?.version !== version) this.#host.forget(scriptOf(codec).key);
    }
  }

  all(): HeldCodec[] {
    return [...this.#codecs.values()];
  }

  codecOf({ device }: UplinkEvent): CodecDefinition | undefined {
    return this.codecFor(device.devEui);
  }

  /** The codec of a device, unless it is switched off. */
  codecFor(devEui: string): CodecDefinition | undefined {
    const found = this.#codecs.get(this.#assigned.get(devEui)?.codecId ?? '');
    return found?.enabled ? found.codec : undefined;
  }

  /** Devices that have a codec and are of a meter of these names. */
  devicesOf(names: readonly string[]): string[] {
    return [...new Set(names.flatMap((name) => this.#byMeter.get(name) ?? []))];
  }

  has(id: string): boolean {
    return this.#codecs.has(id);
  }

  /** Whether a codec says what downlinks do, switched off or not. */
  hasControl(id: string): boolean {
    return this.#codecs.get(id)?.codec.control !== undefined;
  }

  /** The codecs with `control` that a device has, or ever had, switched off or not. */
  controlling(devEui: string): CodecDefinition[] {
    const had = this.#assigned.get(devEui)?.had ?? [];
    return had.flatMap((id) => {
      const codec = this.#codecs.get(id)?.codec;
      return codec?.control === undefined ? [] : [codec];
    });
  }

  assignment(devEui: string): KnownAssignment | undefined {
    return this.#assigned.get(devEui);
  }

  /**
   * Takes a codec whose examples hold; one with `control`, and one in the place of such, only of who may
   * control. Raises LORAWAN_CONTROL, CODEC_INVALID, and CODEC_EXAMPLE_FAILED with `errors`.
   */
  async upload(ctx: AccessContext, value: unknown, mayControl: boolean): Promise<HeldCodec> {
    const codec = readCodec(value);
    await this.refresh();
    if (!mayControl && (codec.control !== undefined || this.hasControl(codec.id)))
      throw serverErrors.LORAWAN_CONTROL(codec.id);
    try {
      await acceptCodec(codec, this.#host, [MBUS_DECODER]);
    } catch (error) {
      throw withDifferences(error);
    }
    const stored = await this.#registry.putCodec(ctx, codec.id, JSON.stringify(codec));
    await this.refresh();
    return this.#codecs.get(codec.id) ?? held(stored, undefined);
  }

  /** Off by anybody: nothing is sent by it then. On, where it has `control`, by who may: LORAWAN_CONTROL. */
  async enable(ctx: AccessContext, id: string, enabled: boolean, mayControl: boolean): Promise<HeldCodec> {
    await this.refresh();
    if (enabled && !mayControl && this.hasControl(id)) throw serverErrors.LORAWAN_CONTROL(id);
    const stored = await this.#registry.enableCodec(ctx, id, enabled);
    await this.refresh();
    return held(stored, this.#codecs.get(id));
  }

  /**
   * Who is given a codec with `control` is said to be what it was written for, and what is harmless to one
   * model may close the valve of another: only who may control gives one, changes what a device has that
   * ever had one, or says that it is of another meter. Raises LORAWAN_CODEC_UNKNOWN, LORAWAN_CONTROL.
   */
  async assign(ctx: AccessContext, assignment: LorawanAssignment, mayControl: boolean): Promise<void> {
    const { devEui, codecId, meter } = assignment;
    await this.refresh();
    if (codecId !== null && !this.has(codecId)) throw serverErrors.LORAWAN_CODEC_UNKNOWN(codecId);
    const before = this.#assigned.get(devEui);
    const isSame = before?.codecId === codecId && before.meter === meter;
    const isControlled = this.controlling(devEui).length > 0 || this.hasControl(codecId ?? '');
    if (!mayControl && !isSame && isControlled) throw serverErrors.LORAWAN_CONTROL(`codec of ${devEui}`);
    await this.#registry.assign(ctx, assignment);
    await this.refresh();
  }
}

/** Who has a codec, by the name that stands for its meter; a DevEUI in lower and upper case. */
function byMeter(assigned: readonly LorawanAssignment[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { devEui, codecId, meter } of assigned) {
    if (codecId === null) continue;
    for (const name of meter === '' ? [devEui, devEui.toUpperCase()] : [meter])
      found.set(name, [...(found.get(name) ?? []), devEui]);
  }
  return found;
}

/** Of one version there is one definition: its script is known by it. */
function held(stored: StoredCodec, before: HeldCodec | undefined): HeldCodec {
  const isSame = before?.version === stored.version;
  return { ...stored, codec: isSame ? before.codec : readCodec(JSON.parse(stored.definition)) };
}

/** The differences of failed examples as the fields that are wrong. */
function withDifferences(error: unknown): unknown {
  if (!(error instanceof OpenAmiError) || error.code !== 'CODEC_EXAMPLE_FAILED') return error;
  const failures = (error.data.failures ?? []) as readonly ExampleFailure[];
  const errors = failures.flatMap(({ index, differences }) =>
    differences.map(({ path, expected, got }) => ({
      path: `examples[${index}].output${path.replaceAll('/', '.')}`,
      message: `${got} instead of ${expected}`,
    })),
  );
  return codecErrors.CODEC_EXAMPLE_FAILED(error.message, { errors: errors.slice(0, mostDifferences) });
}
