/** Limits on mappings and on what they do to one message. */
export interface MappingLimits {
  readonly payloadBytes: number;
  /** Arrays and objects within each other. */
  readonly depth: number;
  /** Meters in one message: items of `each`. */
  readonly items: number;
  /** Values of one message. */
  readonly values: number;
  /** Steps of direct expressions and of reading what they give, on one message: some 50 ns each. */
  readonly steps: number;
  /** Time that the expressions evaluated apart may take on one message. */
  readonly apartMs: number;
  /** Messages that may wait for it. */
  readonly apartWaiting: number;
  /** Memory it may use. */
  readonly apartMb: number;
}

export const defaultMappingLimits: MappingLimits = {
  payloadBytes: 262_144,
  depth: 24,
  items: 1_000,
  values: 50_000,
  steps: 150_000,
  apartMs: 200,
  apartWaiting: 1_000,
  apartMb: 64,
};
