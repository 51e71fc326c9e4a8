/** What each kind of command does to a DLMS meter, and what it is read back by. */
import {
  associationErrors,
  bytesOf,
  type CosemValue,
  dateTimeOf,
  decodeScalerUnit,
  dlmsErrors,
  elementsOf,
  numberOf,
  renderValue,
} from '@openami/wire/dlms';
import type { Observation } from '../commands/kind-shape.ts';
import type { CommandKindName, OtherKindName } from '../commands/kinds.ts';
import { type ActionContext, action, type DlmsAction } from './action.ts';
import { imageObject, runningVersion } from './image-driver.ts';
import { clockOf, clockTime } from './meter-clock.ts';
import { scaled, scaledClasses } from './profile-rows.ts';
import { tariffActions } from './tariff-actions.ts';

const relay = { classId: 70, instance: '0.0.96.3.10.255' };
const limiter = { classId: 71, instance: '0.0.17.0.0.255' };
const clock = { classId: 8, instance: clockTime.instance };
const billingScripts = { classId: 9, instance: '0.0.10.0.1.255', method: 1 };
const billingPeriods = { classId: 1, instance: '1.0.0.1.0.255', attribute: 2 };
const states = ['disconnected', 'connected', 'armed'] as const;
const zero: CosemValue = { type: 'integer', value: 0 };

async function numberAt(
  { client, signal }: ActionContext,
  of: { readonly classId: number; readonly instance: string },
  attribute: number,
): Promise<number> {
  return numberOf(await client.get({ ...of, attribute }, undefined, signal)) ?? Number.NaN;
}

async function observeRelay(context: ActionContext): Promise<Observation> {
  const { client, signal } = context;
  const output = await client.get({ ...relay, attribute: 2 }, undefined, signal);
  // The supply of a usage point is told by it: what is not a yes or no is no answer.
  if (output.type !== 'boolean') throw dlmsErrors.DLMS_BAD_VALUE(`output_state is ${output.type}`);
  const state = await numberAt(context, relay, 3);
  const mode = await numberAt(context, relay, 4);
  return {
    outputOn: output.value,
    control: states[state] ?? 'disconnected',
    mode,
  };
}

const operate = (method: number) =>
  action({
    act: ({ client, signal }) => client.invoke({ ...relay, method }, zero, signal),
    observe: observeRelay,
  });

/** Control modes in which a remote reconnection leaves the last move to the customer (class 70). */
const armingModes = new Set([1, 3, 5, 6]);

const arm = action({
  async act(context) {
    const { client, signal } = context;
    const mode = await numberAt(context, relay, 4);
    // In the other modes the same method would put the supply on, with nobody there to see to it.
    if (!armingModes.has(mode)) {
      throw associationErrors.DLMS_UNSUPPORTED(`control mode ${mode} does not leave it to the customer`);
    }
    return client.invoke({ ...relay, method: 2 }, zero, signal);
  },
  observe: observeRelay,
});

/** Scaler of what the limiter watches: its thresholds are in the same. */
async function thresholdScaler(context: ActionContext): Promise<number> {
  const { client, signal } = context;
  const watched = elementsOf(await client.get({ ...limiter, attribute: 2 }, undefined, signal)) ?? [];
  const [classId, name] = [watched[0] && numberOf(watched[0]), watched[1] && bytesOf(watched[1])];
  const attribute = classId === undefined ? undefined : scaledClasses[classId];
  if (classId === undefined || attribute === undefined || name?.length !== 6) return 0;
  const value = await client.get({ classId, instance: [...name].join('.'), attribute }, undefined, signal);
  return decodeScalerUnit(value)?.scaler ?? 0;
}

interface Limit {
  readonly thresholdW: number;
  readonly minOverS: number;
  readonly minUnderS: number;
}

const loadLimit = action<Limit>({
  async act(context, { thresholdW, minOverS, minUnderS }) {
    const { client, signal } = context;
    const scaler = await thresholdScaler(context);
    // In the type that the meter has its threshold in.
    const before = await client.get({ ...limiter, attribute: 4 }, undefined, signal);
    const value = { ...before, value: Math.round(scaled(thresholdW, -scaler)) } as CosemValue;
    const seconds = (of: number): CosemValue => ({ type: 'double-long-unsigned', value: of });
    await client.set({ ...limiter, attribute: 6 }, seconds(minOverS), signal);
    await client.set({ ...limiter, attribute: 7 }, seconds(minUnderS), signal);
    await client.set({ ...limiter, attribute: 4 }, value, signal);
  },
  async observe(context) {
    const scaler = await thresholdScaler(context);
    return {
      thresholdW: scaled(await numberAt(context, limiter, 4), scaler),
      minOverS: await numberAt(context, limiter, 6),
      minUnderS: await numberAt(context, limiter, 7),
    };
  },
});

const observeClock = async ({ client, signal, nowMs }: ActionContext): Promise<Observation> => ({
  driftMs: (await clockOf(client, signal)) * 1000 - nowMs(),
});

interface Attribute {
  readonly classId: number;
  readonly obis: string;
  readonly attribute: number;
}

async function valuesOf(
  { client, signal }: ActionContext,
  items: readonly Attribute[],
): Promise<Observation> {
  const values: string[] = [];
  for (const { classId, obis, attribute } of items) {
    values.push(textOf(await client.get({ classId, instance: obis, attribute }, undefined, signal)));
  }
  return { values };
}

/** Numbers and texts as they are, all else as JSON. */
function textOf(value: CosemValue): string {
  const number = numberOf(value);
  if (number !== undefined) return String(number);
  if (value.type === 'boolean') return String(value.value);
  const bytes = bytesOf(value);
  if (bytes === undefined) return JSON.stringify(renderValue(value));
  const text = Buffer.from(bytes).toString('latin1');
  return /^[\x20-\x7e]+$/.test(text) ? text : Buffer.from(bytes).toString('hex');
}

/** By kind. */
export const dlmsActions: Readonly<Record<Exclude<CommandKindName, OtherKindName>, DlmsAction>> = {
  ...tariffActions,
  disconnect: operate(1),
  connect: operate(2),
  arm,
  'control-mode': action<{ mode: number }>({
    act: ({ client, signal }, { mode }) =>
      client.set({ ...relay, attribute: 4 }, { type: 'enum', value: mode }, signal),
    observe: observeRelay,
  }),
  'load-limit': loadLimit,
  'clock-set': action({
    act({ client, signal, nowMs }) {
      const { localOffsetMinutes, deviation } = client.session.profile;
      const value = dateTimeOf(Math.round(nowMs() / 1000), localOffsetMinutes, deviation);
      return client.set(clockTime, { type: 'octet-string', value }, signal);
    },
    observe: observeClock,
  }),
  'clock-shift': action<{ shiftS: number }>({
    act: ({ client, signal }, { shiftS }) =>
      client.invoke({ ...clock, method: 6 }, { type: 'long', value: shiftS }, signal),
    observe: observeClock,
  }),
  read: action<{ items: readonly Attribute[] }>({
    observe: (context, { items }) => valuesOf(context, items),
  }),
  script: action<{ obis: string; script: number; expect: Attribute }>({
    act: ({ client, signal }, { obis, script }) =>
      client.invoke(
        { classId: 9, instance: obis, method: 1 },
        { type: 'long-unsigned', value: script },
        signal,
      ),
    observe: (context, { expect }) => valuesOf(context, [expect]),
  }),
  'billing-reset': action({
    act: ({ client, signal }) => client.invoke(billingScripts, { type: 'long-unsigned', value: 1 }, signal),
    observe: async (context) => ({ resets: await numberAt(context, billingPeriods, 2) }),
  }),
  'firmware-activate': action({
    act: ({ client, signal }) => client.invoke({ ...imageObject, method: 4 }, zero, signal),
    observe: async ({ client, signal }) => ({ version: await runningVersion(client, signal) }),
  }),
};
