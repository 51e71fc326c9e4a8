/** Commands to LwM2M devices: a resource is written or executed, and read back. */
import { OpenAmiError } from '@openami/model';
import {
  type Lwm2mResource,
  lwm2mPathText,
  parseLwm2mPath,
  textOfValue,
  valueOfBytes,
} from '@openami/wire/lwm2m';
import type { CommandDriver, CommandMeter, DriverCommand, ReadBack } from '../commands/driver.ts';
import type { DriverOutcome } from '../commands/life-cycle.ts';
import type { CoapFront, Lwm2mOrder } from './types.ts';

export interface Lwm2mField {
  readonly front: Pick<CoapFront, 'device' | 'read' | 'tell'> | undefined;
  /** All names of a meter, among which is its endpoint name. */
  namesOf(serial: string): readonly string[];
}

type WriteParams = Omit<Lwm2mOrder & { do: 'write' }, 'do'>;
interface ExecuteParams {
  readonly path: string;
  readonly arguments?: string;
  readonly expect: { readonly path: string; readonly value: string };
}

/** A device that sleeps is waited for, within the time of an exchange. */
const patienceMs = 45_000;

export class Lwm2mCommandDriver implements CommandDriver {
  readonly #field: () => Lwm2mField;
  readonly #patienceMs: number;

  constructor(field: () => Lwm2mField, waitMs = patienceMs) {
    this.#field = field;
    this.#patienceMs = waitMs;
  }

  async execute(command: DriverCommand, meter: CommandMeter, signal: AbortSignal): Promise<DriverOutcome> {
    const order = orderOf(command);
    if (order === undefined) return 'unsupported';
    const found = this.#find(meter);
    if (found === undefined || signal.aborted) return 'not-sent';
    let hasBegun = false;
    const onBegin = () => {
      hasBegun = true;
    };
    const late = AbortSignal.any([signal, AbortSignal.timeout(this.#patienceMs)]);
    const told = found.front.tell(found.endpoint, order, { signal: late, onBegin });
    const asleep = new Promise<void>((done) => {
      late.addEventListener('abort', () => done(), { once: true });
    });
    try {
      await Promise.race([told, asleep.then(() => (hasBegun ? told : undefined))]);
      // nothing leaves any more: its turn did not come
      return hasBegun ? 'ok' : 'not-sent';
    } catch (error) {
      return hasBegun ? outcomeOf(error) : 'not-sent';
    } finally {
      told.catch(() => undefined);
    }
  }

  async readBack(command: DriverCommand, meter: CommandMeter): Promise<ReadBack> {
    const read = readOf(command);
    if (read === undefined) return { outcome: 'unsupported' };
    const found = this.#find(meter);
    if (found === undefined) return { outcome: 'not-sent' };
    try {
      const resources = await found.front.read(found.endpoint, read.path);
      const values = resources.filter(isAt(read.path)).map((one) => textOf(one, read.type));
      return values.length === 0 ? { outcome: 'unsupported' } : { outcome: 'ok', observation: { values } };
    } catch (error) {
      return { outcome: outcomeOf(error) };
    }
  }

  #find({ serial }: CommandMeter) {
    const { front, namesOf } = this.#field();
    if (front === undefined) return undefined;
    const endpoint = namesOf(serial).find((name) => front.device(name) !== undefined);
    return endpoint === undefined ? undefined : { front, endpoint };
  }
}

/** Undefined for kinds of other protocols. */
function orderOf({ kind, params }: DriverCommand): Lwm2mOrder | undefined {
  if (kind === 'lwm2m-write') return { do: 'write', ...(params as WriteParams) };
  if (kind !== 'lwm2m-execute') return undefined;
  const { path, arguments: given = '' } = params as ExecuteParams;
  return { do: 'execute', path, arguments: given };
}

function readOf({
  kind,
  params,
}: DriverCommand): (Pick<WriteParams, 'path'> & Partial<WriteParams>) | undefined {
  if (kind === 'lwm2m-write') return params as WriteParams;
  return kind === 'lwm2m-execute' ? (params as ExecuteParams).expect : undefined;
}

const isAt = (path: string) => {
  const wanted = lwm2mPathText(parseLwm2mPath(path));
  return (resource: Lwm2mResource) => lwm2mPathText(resource.path) === wanted;
};

/** What is not in a model comes as bytes: the type of who asks is used then. */
function textOf({ value, model }: Lwm2mResource, type: WriteParams['type'] | undefined): string {
  return textOfValue(value.type === 'data' && model === undefined ? valueOfBytes(value.data, type) : value);
}

const unsent = ['COAP_NOT_REGISTERED', 'COAP_BUSY', 'COAP_CLOSED'];

function outcomeOf(error: unknown): Exclude<DriverOutcome, 'ok'> {
  if (!(error instanceof OpenAmiError)) return 'lost';
  if (error.code === 'COAP_REFUSED') return 'refused';
  return unsent.includes(error.code) ? 'not-sent' : 'lost';
}
