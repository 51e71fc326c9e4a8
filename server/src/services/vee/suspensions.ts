/**
 * Where nothing is estimated for now: said by a person, or noticed when most of the meters of a
 * concentrator, or of everything, are silent. The data is expected later; the days are closed again when it
 * ends.
 */
import { type AccessContext, type Clock, groupBy, systemAccess } from '@openami/model';
import type { RegistryStore, Suspension, SuspensionKind } from '@openami/store';
import { serverErrors } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { BookedChannel } from './channel-book.ts';
import { installedAt } from './channel-facts.ts';
import type { ChannelPresence } from './presence.ts';

export interface SuspensionOptions {
  readonly registry: Pick<RegistryStore, 'suspensions' | 'map' | 'endpoints'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Meters a place must have, and the share of them that must be silent, before it is suspended by itself. */
const leastMeters = 5;
const silentShare = 0.6;
/** Share of silent meters at which it is over. */
const backShare = 0.2;
/** A channel is silent on a day of which less than this came. */
const silentBelow = 0.5;
const noticed = 'noticed';

export class Suspensions {
  readonly #options: SuspensionOptions;
  #live: readonly Suspension[] = [];
  /** Ids of the nodes below each node code that is suspended, itself included. */
  #nodes = new Map<string, ReadonlySet<number>>();

  constructor(options: SuspensionOptions) {
    this.#options = options;
  }

  get live(): readonly Suspension[] {
    return this.#live;
  }

  /** Suspends a place by a person's word. Raises VEE_SUSPENSION_TARGET. */
  async start(
    ctx: AccessContext,
    { kind, target, reason }: Pick<Suspension, 'kind' | 'target' | 'reason'>,
  ): Promise<Suspension> {
    const { registry, clock } = this.#options;
    const place = kind === 'everything' ? '' : target;
    if (!(await this.#exists(kind, place))) throw serverErrors.VEE_SUSPENSION_TARGET(`${kind} '${place}'`);
    const fromAt = new Date(clock.nowMs());
    const started = await registry.suspensions.start(ctx, {
      ...{ kind, target: place, reason, source: 'operator', fromAt },
    });
    await this.load();
    return started;
  }

  async #exists(kind: SuspensionKind, target: string): Promise<boolean> {
    const { registry } = this.#options;
    if (kind === 'everything') return true;
    if (kind === 'concentrator') return registry.endpoints.hasConcentrator(systemAccess, target);
    return (await registry.map.nodes(systemAccess)).some(({ code }) => code === target);
  }

  async load(): Promise<void> {
    const { registry } = this.#options;
    this.#live = await registry.suspensions.list(systemAccess, { live: true, limit: 1_000 });
    const nodes = this.#live.some(({ kind }) => kind === 'node')
      ? await registry.map.nodes(systemAccess)
      : [];
    const children = groupBy(nodes, ({ parentId }) => parentId);
    this.#nodes = new Map(
      this.#live
        .filter(({ kind }) => kind === 'node')
        .map(({ target }) => [target, below(nodes.find(({ code }) => code === target)?.id, children)]),
    );
  }

  /** True where nothing is estimated for the channel at the moment. */
  covers({ around, facts }: BookedChannel): boolean {
    if (this.#live.length === 0) return false;
    const nowS = Math.floor(this.#options.clock.nowMs() / 1000);
    const nodeId = installedAt(around, nowS)?.nodeId ?? 0;
    return facts.intervalS > 0 && this.#live.some((one) => this.#holds(one, around.concentrator, nodeId));
  }

  /**
   * Looks at what came of a day: starts where most meters are silent, ends what it started where they are
   * back. Returns true when something ended.
   */
  async notice(presence: readonly ChannelPresence[]): Promise<boolean> {
    let ended = presence.length > 0 && (await this.#weigh('everything', '', presence));
    const behind = presence.filter(({ channel }) => channel.around.concentrator !== '');
    for (const [concentrator, members] of groupBy(behind, ({ channel }) => channel.around.concentrator)) {
      ended = (await this.#weigh('concentrator', concentrator, members)) || ended;
    }
    if (ended) await this.load();
    return ended;
  }

  async #weigh(kind: SuspensionKind, target: string, members: readonly ChannelPresence[]): Promise<boolean> {
    const { registry, clock, log } = this.#options;
    const live = this.#live.find((one) => one.kind === kind && one.target === target);
    const meters = new Set(members.map(({ channel }) => channel.facts.meter)).size;
    const silent = members.filter(({ share }) => share < silentBelow).length / members.length;
    if (live) {
      if (live.source !== noticed || silent > backShare) return false;
      await registry.suspensions.end(systemAccess, live.id);
      log.info({ kind, target }, 'Estimation goes on: the meters are back');
      return true;
    }
    if (meters < leastMeters || silent < silentShare) return false;
    const reason = `${Math.round(silent * 100)} % of ${meters} meters are silent`;
    await registry.suspensions.start(systemAccess, {
      ...{ kind, target, source: noticed, reason },
      fromAt: new Date(clock.nowMs()),
    });
    log.warn({ kind, target, reason }, 'Estimation is suspended');
    await this.load();
    return false;
  }

  #holds({ kind, target }: Suspension, concentrator: string, nodeId: number): boolean {
    if (kind === 'everything') return true;
    if (kind === 'concentrator') return concentrator === target;
    return this.#nodes.get(target)?.has(nodeId) ?? false;
  }
}

/** A node and all below it. */
function below(
  root: number | undefined,
  children: ReadonlyMap<number | null, readonly { id: number }[]>,
): ReadonlySet<number> {
  const found = new Set<number>();
  const open = root === undefined ? [] : [root];
  while (open.length > 0) {
    const id = open.pop()!;
    if (found.has(id)) continue;
    found.add(id);
    for (const child of children.get(id) ?? []) open.push(child.id);
  }
  return found;
}
