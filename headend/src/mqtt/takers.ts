/**
 * Takers of topics that are none of OpenAMI's readings and events: telegrams that gateways hear, messages of
 * other people's devices, Sparkplug. At the embedded broker a client publishes to them only as its credential
 * allows; at an external one whoever its own rules let.
 */
import { matchTopic, parseTopicFilter } from '../mapping/topic-filter.ts';
import { telegramFilter, telegramGateway } from './topics.ts';
import type { MqttIdentity } from './types.ts';

/** Who published a message, as far as it is known. */
export interface MqttSender {
  /** The user name at the embedded broker; an external one does not tell it, and it is the topic there. */
  readonly name: string;
  /** Published before (DUP). */
  readonly redelivered: boolean;
  /** Any device at an external broker: the rules of that broker say who may publish what. */
  readonly mayReport: (device: string) => boolean;
  /** Publishes with QoS 0; at the embedded broker to the sender alone, where it listens to the topic. */
  readonly answer: (topic: string, payload: Uint8Array) => void;
}

export interface MqttTaker {
  /** What an external broker is asked for. */
  readonly filters: readonly string[];
  covers(topic: string): boolean;
  /** Who may publish there at the embedded broker; default: whose credential names the topic. */
  mayPublish?(identity: MqttIdentity, topic: string): boolean;
  /** Resolves when the message is stored for good; rejects when it is to be sent again. */
  take(topic: string, payload: Uint8Array, sender: MqttSender): Promise<unknown>;
}

/** Telegrams of meters that gateways hear or read: each hands them on under its own name alone. */
export function telegramTaker(
  take: (gateway: string, payload: Uint8Array, sender: MqttSender) => Promise<unknown>,
): MqttTaker {
  return {
    filters: [telegramFilter],
    covers: (topic) => telegramGateway(topic) !== undefined,
    mayPublish: ({ name }, topic) => telegramGateway(topic) === name,
    take: (topic, payload, sender) => take(telegramGateway(topic)!, payload, sender),
  };
}

/** Whether one of these filters covers a topic; what is no filter covers none. */
export function topicCheck(filters: readonly string[]): (topic: string) => boolean {
  const parsed = filters.flatMap((filter) => {
    try {
      return [parseTopicFilter(filter)];
    } catch {
      return [];
    }
  });
  return (topic) => {
    if (parsed.length === 0) return false;
    const levels = topic.split('/');
    return parsed.some((filter) => matchTopic(filter, levels) !== undefined);
  };
}
