/** What gateways hand on, for the metrics page: bounded, since anybody may give himself a name. */
import type { RadioOutcome } from '@openami/headend';

/** Gateways that are told one by one; those beyond are told together. */
const mostGateways = 100;
const others = 'other';

export type TelegramOutcome = RadioOutcome | 'fault';

interface GatewayFigures {
  readonly telegrams: Partial<Record<TelegramOutcome, number>>;
  rssiDbm: number | undefined;
}

/** Of one gateway, for one line of the page. */
export interface GatewayRow {
  readonly gateway: string;
  /** Telegrams since the start, by what became of them. */
  readonly telegrams: Readonly<Partial<Record<TelegramOutcome, number>>>;
  /** Of the last telegram that told one. */
  readonly rssiDbm: number | undefined;
}

export class RadioFigures {
  readonly #gateways = new Map<string, GatewayFigures>();

  /** So many telegrams of a gateway came to this. */
  count(gateway: string, outcome: TelegramOutcome, telegrams = 1): void {
    const of = this.#of(gateway);
    of.telegrams[outcome] = (of.telegrams[outcome] ?? 0) + telegrams;
  }

  /** How strong a telegram was. */
  strength(gateway: string, rssiDbm: number | undefined): void {
    if (rssiDbm !== undefined) this.#of(gateway).rssiDbm = rssiDbm;
  }

  rows(): GatewayRow[] {
    return Array.from(this.#gateways, ([gateway, figures]) => ({ gateway, ...figures }));
  }

  #of(gateway: string): GatewayFigures {
    const isKnown = this.#gateways.has(gateway) || this.#gateways.size < mostGateways;
    const name = isKnown ? gateway : others;
    let figures = this.#gateways.get(name);
    if (figures === undefined) {
      figures = { telegrams: {}, rssiDbm: undefined };
      this.#gateways.set(name, figures);
    }
    return figures;
  }
}
