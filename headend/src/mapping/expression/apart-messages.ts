/** What goes to the thread of expressions that are evaluated apart, and what comes back. */

export interface ApartRequest {
  readonly sources: readonly string[];
  /** Each expression is evaluated on each of them. */
  readonly scopes: readonly ApartScope[];
  readonly timeoutMs: number;
}

export interface ApartScope {
  readonly input: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A result as JSON ('' for nothing), or JSONata's code and words of why there is none. */
export type ApartResult = string | { readonly code: string; readonly message: string };

/** `results[scope][source]` */
export interface ApartReply {
  readonly results: readonly (readonly ApartResult[])[];
}
