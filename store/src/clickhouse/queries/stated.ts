/** Quality of readings in the words of their source. */
import type { AccessContext } from '@openami/model';
import type { EngineClient } from '../client.ts';
import type { Scope } from './scope.ts';
import { bounds, inSpan, type Span } from './spans.ts';

/** By interval end; what was said last of each. */
export interface StatedQualities {
  readonly length: number;
  readonly end: Uint32Array;
  /** The reading that the words are about. */
  readonly value: Float64Array;
  readonly resolution: Uint32Array;
  readonly words: readonly string[];
}

/** Readings that words are about. */
export interface SaidReadings extends Omit<StatedQualities, 'words'> {
  readonly channel: Uint32Array;
}

export class StatedQueries {
  private readonly client: EngineClient;
  private readonly scope: Scope;

  constructor(client: EngineClient, scope: Scope) {
    this.client = client;
    this.scope = scope;
  }

  /** What words were said of, of many channels, by channel and end. Throws OUT_OF_SCOPE. */
  async said(access: AccessContext, channels: readonly number[], span: Span): Promise<SaidReadings> {
    await this.scope.requireChannels(access, channels);
    const table = await this.client.select(
      `SELECT channel, end, value, resolution FROM openami.stated_quality FINAL
       WHERE ${inSpan} ORDER BY channel, end`,
      { channels, ...bounds(span) },
    );
    return {
      length: table.rows,
      channel: table.u32('channel'),
      end: table.u32('end'),
      value: table.f64('value'),
      resolution: table.u32('resolution'),
    };
  }

  /** Of one channel, sorted. Throws OUT_OF_SCOPE. */
  async ofChannel(access: AccessContext, channel: number, span: Span): Promise<StatedQualities> {
    await this.scope.requireChannels(access, [channel]);
    const table = await this.client.select(
      `SELECT end, value, resolution, words FROM openami.stated_quality FINAL
       WHERE ${inSpan} ORDER BY end`,
      { channels: [channel], ...bounds(span) },
    );
    return {
      length: table.rows,
      end: table.u32('end'),
      value: table.f64('value'),
      resolution: table.u32('resolution'),
      words: table.strings('words'),
    };
  }
}
