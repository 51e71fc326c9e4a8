/**
 * Meters that gateways hear over the air: who is heard, by which path, with which key; registered, also
 * backwards to the first telegram that was kept.
 */
import {
  checkPortKey,
  checkRadioKey,
  HeardBook,
  type HeardMeter,
  type HeardTelegram,
  type Ingest,
  isRadioName,
  type KeptOf,
  type KeyVault,
  keptPortMessage,
  loadMeterModels,
  messageOf,
  openTelegram,
  PortIntake,
  RadioIntake,
  type RadioKeyCheck,
  RadioKeys,
  readHeard,
} from '@openami/headend';
import { type AccessContext, type Clock, type Frame, OpenAmiError, systemAccess } from '@openami/model';
import type { ReadingStore, RegistryStore } from '@openami/store';
import type { PushMessage } from '@openami/wire';
import { AesKey, Formats, type MbusKey } from '@openami/wire/mbus';
import type { ModelSet } from '@openami/wire/models';
import type { Logger } from '../log.ts';
import { keepHeard } from './keep-heard.ts';
import { keptFrames, mostReplayed, Storing } from './kept-frames.ts';
import type { LiveDirectory } from './live-directory.ts';
import { RadioFigures } from './radio-figures.ts';
import { idOf, knownMeters, portKeyOf, type TelegramKey } from './telegram-keys.ts';

export interface RadioOptions {
  readonly registry: Pick<RegistryStore, 'radio'>;
  readonly store: Pick<ReadingStore, 'evidence' | 'writer'>;
  readonly directory: LiveDirectory;
  readonly ingest: Pick<Ingest, 'accept' | 'refuse'>;
  readonly vault: () => Promise<Pick<KeyVault, 'keysOf'>>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Meter models of one's own; empty for none. */
  readonly modelFolder: string;
  /** How far the clocks of meters are ahead of UTC in winter, seconds. */
  readonly offsetS: number;
  /** IANA zone of the clocks of meters whose ports are read. */
  readonly zone: string;
  /** Tells when keys of meters changed otherwise than by a change of the directory. */
  readonly onKeys: (listener: () => void) => void;
}

/** What became of a message of a gateway. */
export interface RadioSummary {
  stored: number;
  thinned: number;
  repeats: number;
  unread: number;
  /** Lines and entries that are no telegram. */
  faults: number;
}

/** Whether a sender may speak for a registered meter at its port; those on the air prove it by their keys. */
export type MayReport = (device: string) => boolean;

/** Telegrams of a meter that a key is tried on. */
const triedTelegrams = 50;

export class RadioService {
  readonly heard = new HeardBook();
  readonly figures = new RadioFigures();
  readonly #options: RadioOptions;
  readonly #keys: RadioKeys;
  readonly #intake: RadioIntake;
  readonly #ports: PortIntake;
  readonly models: ModelSet;

  constructor(options: RadioOptions) {
    this.#options = options;
    const { clock, ingest, store, directory, offsetS, modelFolder, zone } = options;
    this.#keys = new RadioKeys((names) => knownMeters(options, names), clock);
    const keep = async (frame: Frame) => {
      await store.writer.commit({ frames: [frame] });
    };
    this.models = loadMeterModels(modelFolder);
    const common = { ingest, clock, heard: this.heard, keys: this.#keys, keep, limits: { offsetS } };
    this.#intake = new RadioIntake({ ...common, models: this.models });
    this.#ports = new PortIntake({ ...common, zone });
    directory.onChange(() => this.#keys.forgetAll());
    options.onKeys(() => this.#keys.forgetAll());
  }

  /** Takes up what was heard before, and keeps it from now on; the returned function stops. */
  async start(): Promise<() => Promise<void>> {
    const { registry, log } = this.#options;
    await this.load();
    return keepHeard(this.heard, registry.radio, log);
  }

  /** Takes up what was heard before. */
  async load(): Promise<void> {
    this.heard.restore((await this.#options.registry.radio.load(systemAccess)) as HeardMeter[]);
    this.heard.takeChanged();
  }

  /**
   * Takes a message of a gateway; resolves when all of it is stored. Raises RADIO_FORM, RADIO_TOO_MANY, and
   * what the store raises: then it is to be sent again.
   */
  async take(gateway: string, body: Uint8Array, mayReport?: MayReport): Promise<RadioSummary> {
    const { telegrams, faults } = readHeard(body);
    if (faults.length > 0) this.figures.count(gateway, 'fault', faults.length);
    const summary = await this.takeTelegrams(gateway, telegrams, mayReport);
    return { ...summary, faults: faults.length };
  }

  /** Takes telegrams; resolves when all are stored. Raises what the store raises. */
  async takeTelegrams(
    gateway: string,
    telegrams: readonly HeardTelegram[],
    mayReport?: MayReport,
  ): Promise<RadioSummary> {
    const summary: RadioSummary = { stored: 0, thinned: 0, repeats: 0, unread: 0, faults: 0 };
    await Promise.all(telegrams.map((one) => this.#takeOne(gateway, one, summary, mayReport)));
    return summary;
  }

  /** As `take`; what holds no telegram is kept with its reason, and is no fault of the connection. */
  async takeOrRefuse(gateway: string, body: Uint8Array, mayReport?: MayReport): Promise<void> {
    try {
      await this.take(gateway, body, mayReport);
    } catch (error) {
      if (!(error instanceof OpenAmiError) || error.fault !== 'caller') throw error;
      await this.refuse(error, gateway, body);
    }
  }

  /** Keeps what holds no telegram with its reason. */
  async refuse(error: OpenAmiError, gateway: string, body: Uint8Array): Promise<void> {
    this.figures.count(gateway, 'fault');
    await this.#options.ingest.refuse(error, { source: 'radio', device: gateway, payload: body });
  }

  /** The key of a registered meter of M-Bus, by its name. Rejects as the vault does. */
  async mbusKey(name: string): Promise<MbusKey | undefined> {
    return (await this.#keys.find(name))?.key;
  }

  /** Keys of meters may have changed. */
  forgetKeys(): void {
    this.#keys.forgetAll();
  }

  /** The registered meter that is heard under a name; 0 for none. */
  meterOf(name: string): number {
    const { memory } = this.#options.directory;
    // by its number alone where its key opens what is heard: others may have the same number
    const proven = this.heard.isOurs(name);
    return memory.meter(name) || (proven && isRadioName(name) ? memory.meter(idOf(name)) : 0);
  }

  /** Whether a key opens what was kept of a meter; without a key, what its telegrams are. */
  async checkKey(ctx: AccessContext, name: string, given: TelegramKey | undefined): Promise<RadioKeyCheck> {
    const frames = await this.#frames(ctx, name, triedTelegrams);
    if (!isRadioName(name)) return checkPortKey(frames, this.#portOf(name, given));
    return checkRadioKey(
      given && new AesKey(given.key),
      frames.map(({ payload }) => payload),
    );
  }

  /**
   * Reads what was kept of a meter that nobody registered, with its key: the readings stand under "seen, not
   * registered" after it. How many telegrams gave readings.
   */
  async readKept(ctx: AccessContext, name: string, given: TelegramKey | undefined): Promise<number> {
    const { ingest } = this.#options;
    const read = isRadioName(name) ? this.#radioReader(name, given) : this.#portReader(name, given);
    let count = 0;
    const storing = new Storing();
    // the oldest first: full frames teach compact ones
    for (const frame of (await this.#frames(ctx, name, mostReplayed)).reverse()) {
      const message = await read(frame);
      if (message === undefined) continue;
      const { receivedMs } = frame;
      await storing.add(ingest.accept({ source: 'radio', device: name, messages: [message], receivedMs }));
      count++;
    }
    await storing.done();
    return count;
  }

  #radioReader(name: string, given: TelegramKey | undefined): KeptReader {
    const { offsetS } = this.#options;
    const known = { meterId: 0, device: name, key: given && new AesKey(given.key) };
    const keys = { find: async () => known };
    const decoders = { formats: new Formats() };
    this.models.teach(decoders.formats);
    return async ({ payload, receivedMs }) => {
      const { telegram } = await openTelegram(payload, undefined, keys, decoders);
      const options = { models: this.models, atMs: receivedMs, offsetS, key: known.key };
      return telegram && messageOf(telegram, name, options);
    };
  }

  #portReader(name: string, given: TelegramKey | undefined): KeptReader {
    const of = this.#portOf(name, given);
    return (frame) => keptPortMessage(frame, of);
  }

  #portOf(name: string, given: TelegramKey | undefined): KeptOf {
    const portKey = given && portKeyOf(given.key, given.authenticationKey);
    return { name, portKey, zone: this.#options.zone };
  }

  /** Kept telegrams of a meter, the newest first: also those of before it was registered. */
  async #frames(ctx: AccessContext, name: string, most: number): Promise<Frame[]> {
    const { directory, store } = this.#options;
    const meterId = this.meterOf(name);
    const found = await keptFrames(store.evidence, ctx, { source: 'radio', device: name }, most);
    if (meterId === 0 || directory.memory.meter(name) === meterId) return found;
    // known by its number alone: what came since is under that
    const others = await keptFrames(store.evidence, ctx, { source: 'radio', meters: [meterId] }, most);
    return [...found, ...others].sort((a, b) => b.receivedMs - a.receivedMs).slice(0, most);
  }

  async #takeOne(
    gateway: string,
    telegram: HeardTelegram,
    summary: RadioSummary,
    mayReport: MayReport | undefined,
  ): Promise<void> {
    const by = telegram.gateway ? `${gateway}/${telegram.gateway}` : gateway;
    const { port, atMs } = telegram;
    const way = { gateway: by, lane: gateway, atMs, mayReport: mayReport && this.#strangersToo(mayReport) };
    const { outcome } = port
      ? await this.#ports.take(port, way)
      : await this.#intake.take(telegram, by, gateway);
    summary[outcome === 'repeat' ? 'repeats' : outcome] += 1;
    this.figures.count(gateway, outcome);
    this.figures.strength(gateway, telegram.rssiDbm);
  }

  /** Whoever is not registered may be heard by anybody. */
  #strangersToo(mayReport: MayReport): MayReport {
    const { memory } = this.#options.directory;
    return (device) => memory.meter(device) === 0 || mayReport(device);
  }
}

type KeptReader = (frame: Frame) => Promise<PushMessage | undefined>;
