/** Telegrams over TCP, when the configuration asks for them. */
import { isIP } from 'node:net';
import { startTelegramTcp, type TcpSender, type TelegramTcp } from '@openami/headend';
import type { Clock } from '@openami/model';
import type { Config } from '../config.ts';
import type { Check } from '../context.ts';
import { forwardersOf } from '../forwarders.ts';
import type { Logger } from '../log.ts';
import type { LiveDirectory } from './live-directory.ts';
import type { MayReport, RadioService } from './radio.ts';

export interface RadioTcpOptions {
  readonly config: Pick<Config, 'radioTcpHost' | 'radioTcpPort' | 'radioTcpUrls'>;
  readonly radio: RadioService;
  readonly directory: LiveDirectory;
  readonly clock: Clock;
  readonly log: Logger;
}

export class RadioTcpService {
  readonly #options: RadioTcpOptions;
  #tcp: TelegramTcp | undefined;

  constructor(options: RadioTcpOptions) {
    this.#options = options;
  }

  get counters(): Readonly<Record<string, number>> {
    return { ...this.#tcp?.counters };
  }

  /** Listens and connects, if it is asked for; gives what stops it. Raises RADIO_LISTEN_FAILED. */
  async listen(): Promise<() => Promise<void>> {
    const { config, radio, clock, log } = this.#options;
    const forwarders = forwardersOf(config.radioTcpUrls);
    if (config.radioTcpPort === 0 && forwarders.length === 0) return async () => undefined;
    const tcp = await startTelegramTcp({
      ...{ host: config.radioTcpHost, port: config.radioTcpPort || undefined, forwarders, clock, log },
      take: (telegrams, sender) => radio.takeTelegrams(sender.gateway, telegrams, this.#mayReport(sender)),
      refuse: (error, sender, bytes) => radio.refuse(error, sender.gateway, bytes),
    });
    this.#tcp = tcp;
    return () => tcp.close();
  }

  /** One gateway that is away takes no server out of service; all of them do. */
  checks(): Check[] {
    if (this.#tcp === undefined) return [];
    const { port, counters, forwarders } = this.#tcp;
    const ok = forwarders.all === 0 || forwarders.connected > 0;
    const parts = [
      ...(port === 0 ? [] : [`listens on port ${port}`]),
      ...(forwarders.all === 0 ? [] : [`${forwarders.connected} of ${forwarders.all} forwarders connected`]),
      `${counters.connections} connections`,
    ];
    return [{ name: 'radio tcp', ok, detail: parts.join(', ') }];
  }

  /** A meter that has an IP address among its addresses is believed from there only. */
  #mayReport({ address }: TcpSender): MayReport {
    return (device) => {
      const fixed = this.#options.directory.memory.addressesOf(device).filter((one) => isIP(one) !== 0);
      return fixed.length === 0 || fixed.includes(address);
    };
  }
}
