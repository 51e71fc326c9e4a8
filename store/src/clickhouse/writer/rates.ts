/** Counts per second over the last seconds, in a ring of one slot a second. */
export class Rates {
  private readonly slots = new Float64Array(6);
  private readonly seconds = new Float64Array(6);

  add(count: number): void {
    const second = Math.floor(performance.now() / 1_000);
    const slot = second % 6;
    if (this.seconds[slot] !== second) {
      this.seconds[slot] = second;
      this.slots[slot] = 0;
    }
    this.slots[slot]! += count;
  }

  /** Mean over the last five full seconds. */
  perSecond(): number {
    const now = Math.floor(performance.now() / 1_000);
    let sum = 0;
    for (let i = 0; i < 6; i++) {
      const age = now - this.seconds[i]!;
      if (age >= 1 && age <= 5) sum += this.slots[i]!;
    }
    return sum / 5;
  }
}
