/** Commands to DLMS meters: each a session of its own, each read back in another one. */
import type { Clock } from '@openami/model';
import type { CommandDriver, CommandMeter, DriverCommand, ReadBack } from '../commands/driver.ts';
import type { CommandKindName } from '../commands/kinds.ts';
import type { DriverOutcome } from '../commands/life-cycle.ts';
import type { DlmsAction } from './action.ts';
import { dlmsActions } from './command-actions.ts';
import type { DlmsField } from './field.ts';
import { inField, outcomeOfSession } from './session-outcome.ts';

export class DlmsCommandDriver implements CommandDriver {
  readonly #field: DlmsField;
  readonly #clock: Clock;

  constructor(field: DlmsField, clock: Clock) {
    this.#field = field;
    this.#clock = clock;
  }

  async execute(
    { kind, params }: DriverCommand,
    meter: CommandMeter,
    signal: AbortSignal,
  ): Promise<DriverOutcome> {
    const act = actionOf(kind)?.act;
    if (act === undefined) return 'unsupported';
    const nowMs = () => this.#clock.nowMs();
    const outcome = await inField(() =>
      this.#field.run(meter, 'command', ({ client }) => act({ client, signal, nowMs }, params as never), {
        signal,
      }),
    );
    return outcome === 'not-sent' ? outcome : outcomeOfSession(outcome);
  }

  async readBack(
    { kind, params }: DriverCommand,
    meter: CommandMeter,
    signal: AbortSignal,
  ): Promise<ReadBack> {
    const observe = actionOf(kind)?.observe;
    if (observe === undefined) return { outcome: 'unsupported' };
    const nowMs = () => this.#clock.nowMs();
    const outcome = await inField(() =>
      this.#field.run(meter, 'command', ({ client }) => observe({ client, signal, nowMs }, params as never), {
        signal,
      }),
    );
    if (outcome === 'not-sent') return { outcome };
    if (outcome.ok) return { outcome: 'ok', observation: outcome.value };
    const told = outcomeOfSession(outcome);
    return { outcome: told === 'ok' ? 'lost' : told };
  }
}

/** Undefined for the kinds of other protocols. */
function actionOf(kind: CommandKindName): DlmsAction | undefined {
  return (dlmsActions as Readonly<Partial<Record<CommandKindName, DlmsAction>>>)[kind];
}
