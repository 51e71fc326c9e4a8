/**
 * One simulated DLMS meter. It is small until somebody talks to it: what all share is in the model, what it
 * measured is computed from the world, its keys from the seed.
 */
import type { Clock } from '@openami/model';
import {
  type AssociationDescription,
  type DlmsCrypto,
  DlmsServer,
  decodeCaptureObjects,
  type KeySet,
  type MeterEnvironment,
  type MeterEvent,
  nobleCrypto,
  numberOf,
  type ProfileSource,
  type ProtectionName,
  protectApdu,
  protections,
  pushApdu,
  type SecuritySuite,
  type ServerModel,
} from '@openami/wire/dlms';
import { DAY_S } from '../calendar.ts';
import { demoKeys, demoPassword, demoSecret, demoSigningKeys, demoTitle } from './demo-keys.ts';
import {
  alarmPush,
  alarmRegister,
  dataPush,
  firmwareVersion,
  fraudLog,
  fraudObject,
  fraudPush,
  powerBack,
  powerLost,
} from './household-meter.ts';
import type { Measurements } from './measurements.ts';
import { FaultPlay, type MeterFault } from './meter-faults.ts';
import { Supply } from './supply.ts';

/** What a meter is, before how it is reached. */
export interface DlmsMeterIdentity {
  readonly serial: string;
  /** Index in the world of its measurements. */
  readonly worldMeter: number;
  readonly mechanism: AssociationDescription['mechanism'];
  readonly suite: SecuritySuite;
  /** Least protection of the management client. */
  readonly policy: ProtectionName;
}

/** What all meters of a fleet share. */
export interface MeterSurroundings {
  readonly clock: Clock;
  readonly seed: number;
  readonly measurements: Measurements;
  /** Default: plain JavaScript. */
  readonly crypto?: DlmsCrypto;
  /** A message that the meter sends by itself, as it goes out. */
  readonly onPush: (meter: SimDlmsMeter, apdu: Uint8Array, destination: string) => void;
  readonly onEvent?: (meter: SimDlmsMeter, event: MeterEvent) => void;
  /** It lost power for a moment: what it holds open besides associations ends. */
  readonly onReboot: (meter: SimDlmsMeter) => void;
}

/** Who a client talks through: what it can do to the connection. */
export interface MeterLine {
  /** Sends an APDU before the answer; a line that cannot has one block of a window at a time. */
  send?(clientSap: number, meter: SimDlmsMeter, apdu: Uint8Array): void;
  /** The meter lost power: the connection ends without a word. */
  drop(): void;
}

interface Associated {
  readonly line: MeterLine;
  apdus: number;
}

const AARQ = 0x60;
/** Rows a meter keeps: 60 days, and 400 days of daily rows. */
const KEPT_S = 60 * DAY_S;
const KEPT_DAILY_S = 400 * DAY_S;
/** Counters begin at the time of the start, so that those of an earlier start are not used again. */
const COUNTERS_FROM_S = 1_577_836_800;
const COUNTERS_A_S = 8;

interface Columns {
  readonly names: readonly string[];
  readonly periodS: number;
}
/** What a profile of a model has, looked up once. */
const columnsOf = new WeakMap<ServerModel, Map<string, Columns | undefined>>();

export class SimDlmsMeter implements MeterEnvironment {
  readonly identity: DlmsMeterIdentity;
  readonly #model: ServerModel;
  readonly #around: MeterSurroundings;
  readonly #faults: FaultPlay | undefined;
  #server: DlmsServer | undefined;
  #title: Uint8Array | undefined;
  #counter = 0;
  #associated: Map<number, Associated> | undefined;
  #hasPower = true;
  readonly #supply = new Supply();

  constructor(
    identity: DlmsMeterIdentity,
    model: ServerModel,
    around: MeterSurroundings,
    faults: readonly MeterFault[] = [],
  ) {
    this.identity = identity;
    this.#model = model;
    this.#around = around;
    this.#faults = faults.length === 0 ? undefined : new FaultPlay(faults);
  }

  get crypto(): DlmsCrypto {
    return this.#around.crypto ?? nobleCrypto;
  }

  get systemTitle(): Uint8Array {
    this.#title ??= demoTitle(this.identity.serial);
    return this.#title;
  }

  /** Without power, or dead, it hears and says nothing. */
  get isPowered(): boolean {
    return this.#hasPower && this.#around.measurements.isAlive(this.identity.worldMeter, this.nowS());
  }

  /** Whether anybody talked to it yet. */
  get isAwake(): boolean {
    return this.#server !== undefined;
  }

  /** The meter itself, made when it is first needed. */
  get server(): DlmsServer {
    this.#server ??= this.#wake();
    return this.#server;
  }

  nowS(): number {
    return this.#around.clock.nowMs() / 1000;
  }

  nextCounter(): number {
    if (this.#counter === 0) {
      this.#counter = Math.max(1, Math.floor((this.nowS() - COUNTERS_FROM_S) * COUNTERS_A_S));
    }
    return this.#counter++;
  }

  /** Answers an APDU that came over a line; undefined when it has nothing to say. */
  handle(apdu: Uint8Array, clientSap: number, line: MeterLine): Uint8Array | undefined {
    if (!this.isPowered) return undefined;
    const { server } = this;
    this.#faults?.due(this.nowS(), {
      raiseCounter: (seen) => this.#raiseCounter(seen),
      jumpClock: (byS) => {
        server.meter.clockOffsetS += byS;
      },
    });
    this.#associated ??= new Map();
    let associated = this.#associated.get(clientSap);
    if (associated === undefined || associated.line !== line) {
      // one association a client: who comes anew ends the one before
      if (associated !== undefined) server.disconnected(clientSap);
      associated = { line, apdus: 0 };
      this.#associated.set(clientSap, associated);
    }
    associated.apdus = apdu[0] === AARQ ? 1 : associated.apdus + 1;
    const fate = this.#faults?.fateOf(associated.apdus) ?? 'answered';
    if (fate === 'silent') return undefined;
    if (fate === 'reboot') {
      this.reboot();
      return undefined;
    }
    if (fate === 'cut') {
      server.handle(apdu, { clientSap });
      line.drop();
      return undefined;
    }
    if (line.send === undefined) return server.handle(apdu, { clientSap });
    return server.handle(apdu, { clientSap, send: (block) => line.send!(clientSap, this, block) });
  }

  /** A connection ended, and the associations over it. */
  disconnected(line: MeterLine, clientSap?: number): void {
    for (const [sap, associated] of this.#associated ?? []) {
      if (associated.line !== line || (clientSap !== undefined && sap !== clientSap)) continue;
      this.#associated!.delete(sap);
      this.#server?.disconnected(sap);
    }
  }

  /** Loses power for a moment. */
  reboot(): void {
    const lines = new Set([...(this.#associated?.values() ?? [])].map(({ line }) => line));
    this.#associated = undefined;
    this.#server?.reboot();
    for (const line of lines) line.drop();
    this.#around.onReboot(this);
  }

  /** Runs the push setup of an object; its message goes out as `onPush` says. */
  push(instance: string = dataPush): void {
    const { server } = this;
    const object = this.#model.find(40, instance);
    if (object !== undefined) server.meter.invoke(object, 1, { type: 'integer', value: 0 });
  }

  /** The message a meter that connects begins with: the push of its data, with its name and its title. */
  hello(): Uint8Array | undefined {
    const object = this.#model.find(40, dataPush);
    return object && this.#sealed(pushApdu(this.server.meter, object));
  }

  /** The power goes until `powerUp`; with `gasps` there is energy left for a last word, the alarm. */
  losePower(gasps: boolean): void {
    if (!this.#hasPower) return;
    this.server.meter.happened('power-down');
    if (gasps) this.#alarm(powerLost);
    this.#hasPower = false;
    this.reboot();
  }

  powerUp(): void {
    if (this.#hasPower) return;
    this.#hasPower = true;
    this.server.meter.happened('power-up');
    this.#alarm(powerBack);
  }

  /** Something happens at the meter (see the events of its model): it is logged, and fraud is pushed. */
  notice(
    event: 'terminal-cover-opened' | 'terminal-cover-closed' | 'meter-cover-opened' | 'clock-set',
  ): void {
    if (this.isPowered) this.server.meter.happened(event);
  }

  /** Lets schedules and watches run; nothing for one nobody ever talked to. */
  tick(): void {
    if (this.isPowered) this.#server?.meter.tick();
  }

  series(instance: string): ProfileSource | undefined {
    const columns = this.#columns(instance);
    if (columns === undefined) return undefined;
    const { names, periodS } = columns;
    const toS = this.#server!.meter.nowS;
    const fromS = toS - (periodS === DAY_S ? KEPT_DAILY_S : KEPT_S);
    const meter = this.identity.worldMeter;
    const rows = this.#around.measurements.series({ meter, columns: names, periodS, fromS, toS });
    return rows && this.#supply.rows(rows, names, periodS);
  }

  value(classId: number, instance: string, attribute: number): number | undefined {
    if (classId !== 3 || attribute !== 2) return undefined;
    const value = this.#measured(instance);
    if (value === undefined || Number.isNaN(value)) return undefined;
    return this.#supply.value(instance, this.nowS(), value);
  }

  #measured(instance: string): number | undefined {
    return this.#around.measurements.value(this.identity.worldMeter, instance, this.nowS());
  }

  verifyImage(): boolean {
    return !this.#faults?.has('firmware-refused');
  }

  movesRelay(): boolean {
    return !this.#faults?.has('relay-stuck');
  }

  onEvent(event: MeterEvent): void {
    this.#around.onEvent?.(this, event);
    if (event.type === 'image') this.#run(event.bytes);
    if (event.type === 'event' && event.log === fraudLog) this.#pushFraud(event.code);
    if (event.type === 'event')
      this.#supply.happened(event.name, this.nowS(), (instance) => this.#measured(instance));
    if (event.type !== 'push') return;
    const [, destination] = 'elements' in event.destination ? event.destination.elements : [];
    const told = destination?.type === 'octet-string' ? destination.value : new Uint8Array(0);
    this.#around.onPush(this, this.#sealed(event.apdu), new TextDecoder('latin1').decode(told));
  }

  /** Firmware that was activated: it runs as the version that the image says. */
  #run(image: Uint8Array): void {
    const object = this.#model.find(1, firmwareVersion);
    const value = new TextEncoder().encode(versionOfImage(image));
    if (object !== undefined) this.server.meter.keep(object, 2, { type: 'visible-string', value });
  }

  /** Pushes are protected as the management client wants it, in the form that names the sender. */
  #sealed(apdu: Uint8Array): Uint8Array {
    const setup = this.#management?.securitySetup;
    const policy = setup === undefined ? 'none' : (this.server.meter.keys(setup)?.policy ?? 'none');
    if (setup === undefined || policy === 'none') return apdu;
    const { key } = this.server.meter.cipherKeys(setup);
    const options = { systemTitle: this.systemTitle, counter: this.nextCounter(), ...protections[policy] };
    return protectApdu(apdu, key, { envelope: 'general-glo', ...options });
  }

  #alarm(bits: number): void {
    this.#keepNumber(alarmRegister, 'double-long-unsigned', bits);
    this.push(alarmPush);
  }

  #pushFraud(code: number): void {
    this.#keepNumber(fraudObject, 'unsigned', code);
    this.push(fraudPush);
  }

  #keepNumber(instance: string, type: 'unsigned' | 'double-long-unsigned', value: number): void {
    const object = this.#model.find(1, instance);
    if (object !== undefined) this.server.meter.keep(object, 2, { type, value });
  }

  #raiseCounter(seen: number): void {
    const association = this.#management;
    if (association !== undefined) this.server.meter.lowest.set(association.name, seen + 1);
  }

  #wake(): DlmsServer {
    const server = new DlmsServer(this.#model, this);
    const { serial, worldMeter } = this.identity;
    server.meter.clockOffsetS = this.#around.measurements.clockOffsetS(worldMeter, this.nowS());
    const texts: readonly (readonly [string, string])[] = [
      ['0.0.42.0.0.255', `OAM${serial.padStart(13, '0')}`],
      ['0.0.96.1.0.255', serial],
    ];
    for (const [instance, text] of texts) {
      const object = this.#model.find(1, instance);
      if (object === undefined) continue;
      server.meter.keep(object, 2, { type: 'visible-string', value: new TextEncoder().encode(text) });
    }
    return server;
  }

  get secrets(): NonNullable<MeterEnvironment['secrets']> {
    const { serial, suite, policy } = this.identity;
    const { seed } = this.#around;
    const { associations } = this.#model.description;
    const { unicast, authentication, broadcast, master } = demoKeys(seed, serial, suite);
    const signs = suite !== 0 && associations.some(({ mechanism }) => mechanism === 'hls-ecdsa');
    const signing = signs ? demoSigningKeys(seed, serial, suite) : undefined;
    const isWrong = this.#faults?.has('wrong-key') ?? false;
    const own = {
      suite,
      unicast: isWrong ? unicast.map((byte) => byte ^ 0x5a) : unicast,
      authentication,
      broadcast,
      master,
      ...(signing ? { signingKey: signing.meterPrivate, clientPublicKey: signing.clientPublic } : {}),
    };
    const passwords: Record<string, Uint8Array> = {};
    const keys: Record<string, KeySet> = {};
    for (const { name, mechanism, level, securitySetup } of associations) {
      passwords[name] = mechanism === 'lls' ? demoPassword(seed, serial) : demoSecret(seed, serial);
      if (securitySetup === undefined) continue;
      // one that two share has the policy of who may do more
      if (level === 'manage') keys[securitySetup] = { ...own, policy };
      else keys[securitySetup] ??= { ...own, policy: 'none' };
    }
    return { passwords, keys };
  }

  /** The association of who manages the meter. */
  get #management(): AssociationDescription | undefined {
    return this.#model.description.associations.find(({ level }) => level === 'manage');
  }

  #columns(instance: string): Columns | undefined {
    let known = columnsOf.get(this.#model);
    if (known === undefined) {
      known = new Map();
      columnsOf.set(this.#model, known);
    }
    if (!known.has(instance)) known.set(instance, describe(this.#model, instance));
    return known.get(instance);
  }
}

/** Images for simulated meters begin with a line `OpenAMI firmware 2.0`; others are called unnamed. */
function versionOfImage(image: Uint8Array): string {
  const head = new TextDecoder('latin1').decode(image.subarray(0, 100));
  return /^OpenAMI firmware ([!-~]{1,64})\n/.exec(head)?.[1] ?? 'unnamed';
}

/** Columns of a periodic profile; undefined for a log. */
function describe(model: ServerModel, instance: string): Columns | undefined {
  const object = model.find(7, instance);
  const captures = object?.initial[3];
  const period = object?.initial[4];
  const periodS = (period && numberOf(period)) ?? 0;
  if (captures === undefined || periodS === 0) return undefined;
  return { names: decodeCaptureObjects(captures).map((one) => one.instance), periodS };
}
