/** What goes wrong with a simulated meter, by script. Times are seconds since 1970 of the true clock. */

/** After so many APDUs of an association, or `ofAll` that the meter ever heard; so often. */
interface When {
  readonly afterApdus: number;
  readonly ofAll?: true;
  readonly times?: number;
}

export type MeterFault =
  /** It has seen a higher counter than anyone sent: of a head-end that was restored from a backup. */
  | { readonly kind: 'wrong-counter'; readonly atS?: number; readonly seen: number }
  /** Loses power for a moment. */
  | ({ readonly kind: 'reboot' } & When)
  /** Stops answering; the connection stays. */
  | ({ readonly kind: 'silent' } & When)
  /** Does what it was asked, and the link ends before it answers. */
  | ({ readonly kind: 'cut' } & When)
  /** New firmware does not pass its verification. */
  | { readonly kind: 'firmware-refused' }
  | { readonly kind: 'clock-jump'; readonly atS: number; readonly byS: number }
  /** The relay says it moved, and does not. */
  | { readonly kind: 'relay-stuck' }
  /** It has another encryption key than its papers say. */
  | { readonly kind: 'wrong-key' };

export interface MeterFaultScript {
  /** Serial; `*`: every meter. */
  readonly meter: string;
  readonly fault: MeterFault;
}

/** What becomes of one APDU. */
export type ApduFate = 'answered' | 'silent' | 'reboot' | 'cut';

/** What a fault does to the meter when its time has come. */
export interface Afflicted {
  raiseCounter(seen: number): void;
  jumpClock(byS: number): void;
}

/** The script of one meter as it plays. */
export class FaultPlay {
  readonly #faults: readonly MeterFault[];
  readonly #played = new Map<MeterFault, number>();
  #heard = 0;

  constructor(faults: readonly MeterFault[]) {
    this.#faults = faults;
  }

  has(kind: MeterFault['kind']): boolean {
    return this.#faults.some((fault) => fault.kind === kind);
  }

  /** Faults whose time has come, each once. */
  due(nowS: number, meter: Afflicted): void {
    for (const fault of this.#faults) {
      if (fault.kind !== 'wrong-counter' && fault.kind !== 'clock-jump') continue;
      if (this.#played.has(fault) || nowS < (fault.atS ?? 0)) continue;
      this.#played.set(fault, 1);
      if (fault.kind === 'wrong-counter') meter.raiseCounter(fault.seen);
      else meter.jumpClock(fault.byS);
    }
  }

  /** `apdus`: how many came in this association, this one included. */
  fateOf(apdus: number): ApduFate {
    this.#heard++;
    for (const fault of this.#faults) {
      if (fault.kind !== 'reboot' && fault.kind !== 'silent' && fault.kind !== 'cut') continue;
      const played = this.#played.get(fault) ?? 0;
      const count = fault.ofAll ? this.#heard : apdus;
      if (count <= fault.afterApdus || played >= (fault.times ?? 1)) continue;
      this.#played.set(fault, played + 1);
      return fault.kind;
    }
    return 'answered';
  }
}
