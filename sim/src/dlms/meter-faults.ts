/** What goes wrong with a simulated meter, by script. Times are seconds since 1970 of the true clock. */

export type MeterFault =
  /** It has seen a higher counter than anyone sent: of a head-end that was restored from a backup. */
  | { readonly kind: 'wrong-counter'; readonly atS?: number; readonly seen: number }
  /** Loses power for a moment after so many APDUs of an association, so often. */
  | { readonly kind: 'reboot'; readonly afterApdus: number; readonly times?: number }
  /** Stops answering after so many APDUs of an association, so often; the connection stays. */
  | { readonly kind: 'silent'; readonly afterApdus: number; readonly times?: number }
  /** Does what it was asked after so many APDUs of an association, and the link ends before it answers. */
  | { readonly kind: 'cut'; readonly afterApdus: number; readonly times?: number }
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
    for (const fault of this.#faults) {
      if (fault.kind !== 'reboot' && fault.kind !== 'silent' && fault.kind !== 'cut') continue;
      const played = this.#played.get(fault) ?? 0;
      if (apdus <= fault.afterApdus || played >= (fault.times ?? 1)) continue;
      this.#played.set(fault, played + 1);
      return fault.kind;
    }
    return 'answered';
  }
}
