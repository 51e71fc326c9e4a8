/**
 * Messages of other people's devices, read by mappings: the ready-made ones and those that were uploaded.
 * Which are there is kept in the registry, and what other servers change is taken over within seconds.
 */
import type { Ingest, IngestInput, IngestReceipt, MqttSender } from '@openami/headend';
import {
  ApartEvaluator,
  defaultMappingLimits,
  isMappingError,
  libraryTexts,
  loadMapping,
  type Mapping,
  type MappingOptions,
  MappingRegistry,
  mappingErrors,
  readMapping,
} from '@openami/headend/mapping';
import { type AccessContext, type Clock, systemAccess } from '@openami/model';
import type { RegistryStore, StoredMapping } from '@openami/store';
import { type PushMessage, utf8Bytes } from '@openami/wire';
import type { Logger } from '../log.ts';
import { InTurn } from './in-turn.ts';

export interface MappingServiceOptions {
  readonly registry: Pick<RegistryStore, 'mappings'>;
  readonly ingest: Pick<Ingest, 'accept' | 'refuse'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** IANA zone of local times for which a mapping names none. */
  readonly zone: string;
}

type Parameters = Readonly<Record<string, unknown>>;

/** A mapping that is there. */
export interface KnownMapping {
  readonly mapping: Mapping;
  /** As it was uploaded, or the ready-made file. */
  readonly text: string;
  readonly isOwn: boolean;
  /** Of what is stored of it; 0 for a ready-made one as it comes. */
  readonly version: number;
  readonly parameters: Parameters;
}

const noReceipt: IngestReceipt = {
  ...{ messages: 0, accepted: 0, rejected: [], rejectedTotal: 0, rejectedCut: 0 },
  ...{ unregistered: 0, missing: 0, events: 0 },
};

export class MappingService {
  readonly counters = { taken: 0, unmapped: 0, refused: 0 };
  readonly #options: MappingServiceOptions;
  readonly #apart = new ApartEvaluator(defaultMappingLimits);
  readonly #readyMade: ReadonlyMap<string, string>;
  #mappings = new MappingRegistry();
  #known: ReadonlyMap<string, KnownMapping> = new Map();
  #revision = -1;
  readonly #turn = new InTurn();

  constructor(options: MappingServiceOptions) {
    this.#options = options;
    const texts = [...libraryTexts().values()];
    const idOf = (text: string) => readMapping(text, { apart: this.#apart }).id;
    this.#readyMade = new Map(texts.map((text) => [idOf(text), text]));
  }

  /** Threads that were ended because a mapping took too long. */
  get threadsEnded(): number {
    return this.#apart.ended;
  }

  list(): readonly KnownMapping[] {
    return [...this.#known.values()];
  }

  /** Raises MAPPING_UNKNOWN. */
  get(id: string): KnownMapping {
    const known = this.#known.get(id);
    if (known === undefined) throw mappingErrors.MAPPING_UNKNOWN(id.slice(0, 64));
    return known;
  }

  /** Takes over what changed in the registry; one after the other. */
  refresh(): Promise<void> {
    return this.#turn.run(() => this.#refresh());
  }

  /** Takes a mapping whose examples come out. Raises what `loadMapping` raises; parameters are kept. */
  async put(ctx: AccessContext, id: string, text: string): Promise<KnownMapping> {
    const mapping = await loadMapping(text, this.#placed(id, {}));
    if (mapping.id !== id) {
      throw mappingErrors.MAPPING_MALFORMED(`its id is '${mapping.id}' and not '${id}'`, { mapping: id });
    }
    const declared = mapping.file.parameters ?? {};
    const kept = Object.entries(this.#known.get(id)?.parameters ?? {}).filter(([name]) => name in declared);
    await this.#options.registry.mappings.put(ctx, { id, text, parameters: Object.fromEntries(kept) });
    await this.refresh();
    return this.get(id);
  }

  /** Sets values of parameters; those that are not named have their defaults. Raises MAPPING_PARAMETER. */
  async setParameters(ctx: AccessContext, id: string, parameters: Parameters): Promise<KnownMapping> {
    const { mapping, isOwn, text } = this.get(id);
    const declared = mapping.file.parameters ?? {};
    const unknown = Object.keys(parameters).find((name) => !Object.hasOwn(declared, name));
    if (unknown !== undefined) throw mappingErrors.MAPPING_PARAMETER(`'${unknown.slice(0, 64)}' of ${id}`);
    await this.#options.registry.mappings.put(ctx, { id, text: isOwn ? text : null, parameters });
    await this.refresh();
    return this.get(id);
  }

  /**
   * What a mapping makes of a message; nothing is stored. `text` is a mapping that is not there yet. Raises
   * what the mapping raises, and what reading it does.
   */
  async try(
    id: string,
    {
      text,
      topic = '',
      message,
    }: { readonly text?: string; readonly topic?: string; readonly message: string },
  ): Promise<{ readonly covers: boolean; readonly messages: readonly PushMessage[] | undefined }> {
    const kept = this.#known.get(id)?.parameters ?? {};
    const mapping = text === undefined ? this.get(id).mapping : readMapping(text, this.#placed(id, kept));
    const alone = new MappingRegistry();
    alone.add(mapping);
    const receivedS = Math.floor(this.#options.clock.nowMs() / 1_000);
    const messages = await alone.applyNamed(mapping.id, utf8Bytes(message), receivedS, topic);
    return { covers: alone.candidates(topic).length > 0, messages };
  }

  /** What is stored of a mapping; a ready-made one of its id is again as it came. Raises NOT_FOUND. */
  async remove(ctx: AccessContext, id: string): Promise<void> {
    await this.#options.registry.mappings.remove(ctx, id);
    await this.refresh();
  }

  /** A message of a broker. Rejects when it is to be sent again; what cannot be read is kept as that. */
  async take(topic: string, payload: Uint8Array, sender: MqttSender): Promise<void> {
    const { name, mayReport, redelivered } = sender;
    const receivedMs = this.#options.clock.nowMs();
    const from = { source: 'mqtt', device: name, sender: name, lane: name, receivedMs } as const;
    try {
      await this.#hand({ ...from, frame: payload, mayReport, redelivered }, async (nowS) => {
        return (await this.#mappings.apply(topic, payload, nowS))?.messages;
      });
    } catch (error) {
      if (!isMappingError(error) || error.fault === 'ours') throw error;
    }
  }

  /**
   * A message that was posted for a mapping. Raises MAPPING_UNKNOWN, MAPPING_NO_HTTP and what the mapping
   * raises, which is kept as a rejection too.
   */
  async takePosted(
    id: string,
    topic: string,
    payload: Uint8Array,
    by: { readonly sender: string; readonly lane: string },
  ): Promise<IngestReceipt> {
    const { mapping } = this.get(id);
    if (mapping.file.http !== true) throw mappingErrors.MAPPING_NO_HTTP(id);
    const receivedMs = this.#options.clock.nowMs();
    return this.#hand(
      { ...{ source: 'http', device: by.sender, ...by, receivedMs }, frame: payload },
      async (nowS) => this.#mappings.applyNamed(id, payload, nowS, topic),
    );
  }

  /** Hands on what a mapping makes of a message. What it cannot read is kept with its reason, and raised. */
  async #hand(
    came: IngestInput & { readonly receivedMs: number; readonly frame: Uint8Array },
    apply: (nowS: number) => Promise<readonly PushMessage[] | undefined>,
  ): Promise<IngestReceipt> {
    const { ingest } = this.#options;
    let messages: readonly PushMessage[] | undefined;
    try {
      messages = await apply(Math.floor(came.receivedMs / 1_000));
    } catch (error) {
      if (isMappingError(error) && error.fault !== 'ours') {
        this.counters.refused += 1;
        const { frame, mayReport: _may, redelivered: _again, ...from } = came;
        await ingest.refuse(error, { ...from, payload: frame });
      }
      throw error;
    }
    const told = withContent(messages);
    this.counters[told.length === 0 ? 'unmapped' : 'taken'] += 1;
    return told.length === 0 ? noReceipt : ingest.accept({ ...came, messages: told });
  }

  close(): Promise<void> {
    return this.#apart.close();
  }

  async #refresh(): Promise<void> {
    const { mappings } = this.#options.registry;
    const revision = await mappings.revision(systemAccess);
    if (revision === this.#revision) return;
    const stored = await mappings.list(systemAccess);
    const changed = new Map(stored.map((one) => [one.id, one]));
    const known = new Map<string, KnownMapping>();
    for (const [id, text] of this.#readyMade) {
      if (changed.get(id)?.text == null) this.#read(known, id, text, changed.get(id));
    }
    // Of equal topics the one that was added last goes first: one's own before a ready-made one.
    for (const one of stored) if (one.text !== null) this.#read(known, one.id, one.text, one);
    const registry = new MappingRegistry();
    for (const { mapping } of known.values()) registry.add(mapping);
    this.#mappings = registry;
    this.#known = known;
    this.#revision = revision;
  }

  /** One that is not taken any more (the language changed) is told, and holds up no other. */
  #read(known: Map<string, KnownMapping>, id: string, text: string, stored: StoredMapping | undefined): void {
    const parameters = stored?.parameters ?? {};
    try {
      const mapping = readMapping(text, this.#placed(id, parameters));
      const isOwn = typeof stored?.text === 'string';
      known.set(id, { mapping, text, isOwn, version: stored?.version ?? 0, parameters });
    } catch (error) {
      this.#options.log.error({ err: error, mapping: id }, 'A stored mapping cannot be used');
    }
  }

  #placed(id: string, parameters: Parameters): MappingOptions {
    return { zone: this.#options.zone, apart: this.#apart, parameters: { [id]: parameters } };
  }
}

function withContent(messages: readonly PushMessage[] = []): PushMessage[] {
  return messages.filter(
    ({ series, events, rejectCount }) => series.length + events.length + rejectCount > 0,
  );
}
