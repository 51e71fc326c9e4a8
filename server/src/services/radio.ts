/**
 * Meters that gateways hear over the air: who is heard, by which path, with which key; registered, also
 * backwards to the first telegram that was kept.
 */
import {
  checkRadioKey,
  HeardBook,
  type HeardMeter,
  type HeardTelegram,
  type Ingest,
  type KeyVault,
  loadMeterModels,
  messageOf,
  openTelegram,
  RadioIntake,
  type RadioKeyCheck,
  RadioKeys,
  readHeard,
} from '@openami/headend';
import { type AccessContext, type Clock, type Frame, OpenAmiError, systemAccess } from '@openami/model';
import type { ReadingStore, RegistryStore } from '@openami/store';
import { AesKey, Formats } from '@openami/wire/mbus';
import type { ModelSet } from '@openami/wire/models';
import type { Logger } from '../log.ts';
import { keysAccess } from './dlms.ts';
import { keepHeard } from './keep-heard.ts';
import { keptFrames, mostReplayed, Storing } from './kept-frames.ts';
import type { LiveDirectory } from './live-directory.ts';

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

/** Telegrams of a meter that a key is tried on. */
const triedTelegrams = 50;

export class RadioService {
  readonly heard = new HeardBook();
  readonly #options: RadioOptions;
  readonly #keys: RadioKeys;
  readonly #intake: RadioIntake;
  readonly #models: ModelSet;

  constructor(options: RadioOptions) {
    this.#options = options;
    const { clock, ingest, store, directory, offsetS, modelFolder } = options;
    this.#keys = new RadioKeys((names) => this.#knownMeters(names), clock);
    const keep = async (frame: Frame) => {
      await store.writer.commit({ frames: [frame] });
    };
    this.#models = loadMeterModels(modelFolder);
    this.#intake = new RadioIntake({
      ...{ ingest, clock, heard: this.heard, keys: this.#keys, keep, models: this.#models },
      limits: { offsetS },
    });
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
  async take(gateway: string, body: Uint8Array): Promise<RadioSummary> {
    const { telegrams, faults } = readHeard(body);
    const summary: RadioSummary = { stored: 0, thinned: 0, repeats: 0, unread: 0, faults: faults.length };
    await Promise.all(telegrams.map((one) => this.#takeOne(gateway, one, summary)));
    return summary;
  }

  /** As `take`; what holds no telegram is kept with its reason, and is no fault of the connection. */
  async takeOrRefuse(gateway: string, body: Uint8Array): Promise<void> {
    try {
      await this.take(gateway, body);
    } catch (error) {
      if (!(error instanceof OpenAmiError) || error.fault !== 'caller') throw error;
      await this.#options.ingest.refuse(error, { source: 'radio', device: gateway, payload: body });
    }
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
    return memory.meter(name) || (proven ? memory.meter(idOf(name)) : 0);
  }

  /** Whether a key opens what was kept of a meter; without a key, what its telegrams are. */
  async checkKey(ctx: AccessContext, name: string, key: Uint8Array | undefined): Promise<RadioKeyCheck> {
    const frames = await this.#frames(ctx, name, triedTelegrams);
    return checkRadioKey(
      key && new AesKey(key),
      frames.map(({ payload }) => payload),
    );
  }

  /**
   * Reads what was kept of a meter that nobody registered, with its key: the readings stand under "seen, not
   * registered" after it. How many telegrams gave readings.
   */
  async readKept(ctx: AccessContext, name: string, key: Uint8Array | undefined): Promise<number> {
    const { ingest, offsetS } = this.#options;
    const known = { meterId: 0, device: name, key: key && new AesKey(key) };
    const keys = { find: async () => known };
    const decoders = { formats: new Formats() };
    this.#models.teach(decoders.formats);
    let read = 0;
    const storing = new Storing();
    // the oldest first: full frames teach compact ones
    for (const { payload, receivedMs } of (await this.#frames(ctx, name, mostReplayed)).reverse()) {
      const { telegram } = await openTelegram(payload, undefined, keys, decoders);
      const given = { models: this.#models, atMs: receivedMs, offsetS, key: known.key };
      const message = telegram && messageOf(telegram, name, given);
      if (message === undefined) continue;
      await storing.add(ingest.accept({ source: 'radio', device: name, messages: [message], receivedMs }));
      read++;
    }
    await storing.done();
    return read;
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

  async #takeOne(gateway: string, telegram: HeardTelegram, summary: RadioSummary): Promise<void> {
    const by = telegram.gateway ? `${gateway}/${telegram.gateway}` : gateway;
    const { outcome } = await this.#intake.take(telegram, by, gateway);
    summary[outcome === 'repeat' ? 'repeats' : outcome] += 1;
  }

  async #knownMeters(names: readonly string[]) {
    const found = names.flatMap((name) => {
      const { memory } = this.#options.directory;
      const device = [name, idOf(name)].find((one) => memory.meter(one) !== 0);
      return device === undefined ? [] : [{ name, device, meterId: memory.meter(device) }];
    });
    if (found.length === 0) return new Map();
    const vault = await this.#options.vault();
    const meterIds = [...new Set(found.map(({ meterId }) => meterId))];
    const { keys } = await vault.keysOf(keysAccess, meterIds, ['wmbus']);
    const keyOf = new Map<number, AesKey>();
    for (const { meterId, state, secret } of keys) {
      // the one in use before one that is to come
      if (state === 'active' || !keyOf.has(meterId)) keyOf.set(meterId, new AesKey(secret.bytes()));
      secret.wipe();
    }
    return new Map(
      found
        .map(({ name, device, meterId }) => [name, { meterId, device, key: keyOf.get(meterId) }] as const)
        .filter(([name, { device, key }]) => device === name || key !== undefined),
    );
  }
}

/** `KAM-12345678` is registered by its number alone, too. */
function idOf(name: string): string {
  return name.slice(name.indexOf('-') + 1);
}
