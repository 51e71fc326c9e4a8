/** Who may see what, enforced where readings are read. */

import type { AccessContext } from '@openami/model';
import { storeErrors } from '../../errors.ts';

/** What a caller may see, as the store knows it. */
export type Visible =
  | 'all'
  | { readonly channels: ReadonlySet<number>; readonly meters: ReadonlySet<number> };

/** Finds the channels and meters of the usage points in a caller's scope; the registry knows them. */
export type ScopeResolver = (access: AccessContext) => Visible | Promise<Visible>;

/** Checks requests against the scope of the caller. */
export class Scope {
  private readonly resolver: ScopeResolver | undefined;

  constructor(resolver?: ScopeResolver) {
    this.resolver = resolver;
  }

  /** Throws OUT_OF_SCOPE unless every channel may be seen. */
  async requireChannels(access: AccessContext, channels: Iterable<number>): Promise<void> {
    const visible = await this.of(access);
    if (visible === 'all') return;
    for (const channel of channels) {
      if (!visible.channels.has(channel)) throw storeErrors.OUT_OF_SCOPE(`Channel ${channel}`);
    }
  }

  /** Meters to filter by: those asked for, checked; or all that may be seen; or undefined for no filter. */
  async meters(access: AccessContext, asked?: readonly number[]): Promise<Uint32Array | undefined> {
    const visible = await this.of(access);
    if (visible === 'all') return asked && Uint32Array.from(asked);
    for (const meter of asked ?? []) {
      if (!visible.meters.has(meter)) throw storeErrors.OUT_OF_SCOPE(`Meter ${meter}`);
    }
    return Uint32Array.from(asked ?? visible.meters);
  }

  /** For what belongs to no usage point. Throws OUT_OF_SCOPE for a narrower scope. */
  requireAll(access: AccessContext): void {
    if (access.scope !== 'all') throw storeErrors.OUT_OF_SCOPE('This needs the scope of the whole system');
  }

  private async of(access: AccessContext): Promise<Visible> {
    if (access.scope === 'all') return 'all';
    // Without a resolver nothing can be shown to be theirs.
    return this.resolver ? await this.resolver(access) : { channels: new Set(), meters: new Set() };
  }
}
