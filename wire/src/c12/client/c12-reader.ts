/** Reads a device over C12.18, C12.21 or C12.22: session, tables, registers and load profiles. */
import { OpenAmiError } from '@openami/model';
import { utf8Bytes } from '../../text.ts';
import { c12Errors } from '../errors.ts';
import {
  blockBytes,
  decodeBlock,
  type LoadProfile,
  loadProfileOfBlocks,
  validBlocks,
} from '../meaning/load-profile.ts';
import type { Identification } from '../psem/response.ts';
import { type ServiceRequest, tableContent } from '../psem/service.ts';
import { decodeTable } from '../tables/codec.ts';
import type { TableDefinition } from '../tables/language.ts';
import { blockTable, type ProfileSet } from '../tables/profile-tables.ts';
import { standardTables, tablesNeededBy } from '../tables/standard-tables.ts';
import { fieldOf, type TableRecord, type Tables } from '../tables/value.ts';
import { accepted, type C12Exchange } from './exchange.ts';

export interface Logon {
  readonly userId: number;
  /** Up to ten characters. */
  readonly user: string;
  /** Up to twenty bytes; without it the device grants what it grants to everybody. */
  readonly password?: Uint8Array;
  /** C12.22 alone. */
  readonly idleTimeoutS?: number;
}

/** Tables of what is measured, in the order they are read. */
const registerTables = [1, 5, 11, 12, 15, 16, 21, 22, 23, 27, 28, 52, 53] as const;
const logTables = [71, 74, 76] as const;
/** Largest table that is taken. */
const MAX_TABLE_BYTES = 0x100_0000;

export class C12Reader {
  readonly #exchange: C12Exchange;
  readonly #definitions: ReadonlyMap<number, TableDefinition>;
  readonly #tables = new Map<number, TableRecord>();

  constructor(exchange: C12Exchange, definitions: ReadonlyMap<number, TableDefinition> = standardTables) {
    this.#exchange = exchange;
    this.#definitions = definitions;
  }

  /** Tables read so far. */
  get tables(): Tables {
    return this.#tables;
  }

  async identify(): Promise<Identification> {
    const body = await this.#ask({ service: 'identify' });
    if (body.of !== 'identify') throw c12Errors.C12_UNEXPECTED(`identify: ${body.of}`);
    return body;
  }

  /** Larger packets, and more of them (C12.18 and C12.21). */
  async negotiate(packetBytes: number, packets: number): Promise<void> {
    await this.#ask({ service: 'negotiate', packetBytes, packets, baudCodes: [] });
  }

  async logon({ userId, user, password, idleTimeoutS }: Logon): Promise<void> {
    await this.#ask({
      service: 'logon',
      userId,
      user: utf8Bytes(user),
      ...(idleTimeoutS === undefined ? {} : { idleTimeoutS }),
    });
    if (password !== undefined) await this.#ask({ service: 'security', password });
  }

  async logoff(): Promise<void> {
    await this.#ask({ service: 'logoff' });
  }

  async terminate(): Promise<void> {
    await this.#ask({ service: 'terminate' });
  }

  /** Bytes of a whole table. */
  async readBytes(table: number): Promise<Uint8Array> {
    const body = await this.#ask({ service: 'read', table });
    if (body.of !== 'table') throw c12Errors.C12_UNEXPECTED(`read of table ${table}: ${body.of}`);
    return body.data;
  }

  /** Bytes of a part of a table, in as many requests as it takes. */
  async readPart(table: number, offset: number, count: number): Promise<Uint8Array> {
    if (offset + count > MAX_TABLE_BYTES) throw c12Errors.C12_OVER_LIMIT(`byte ${offset + count} of a table`);
    const most = Math.min(this.#exchange.dataCapacity, 0xffff);
    const out = new Uint8Array(count);
    let read = 0;
    while (read < count) {
      const body = await this.#ask({
        service: 'read-offset',
        table,
        offset: offset + read,
        count: Math.min(most, count - read),
      });
      if (body.of !== 'table' || body.data.length === 0) {
        throw c12Errors.C12_UNEXPECTED(`read of table ${table} at ${offset + read}: no data`);
      }
      const part = body.data.subarray(0, count - read);
      out.set(part, read);
      read += part.length;
    }
    return out;
  }

  async write(table: number, data: Uint8Array): Promise<void> {
    await this.#ask({ service: 'write', table, content: tableContent(data) });
  }

  async writePart(table: number, offset: number, data: Uint8Array): Promise<void> {
    await this.#ask({ service: 'write-offset', table, offset, content: tableContent(data) });
  }

  /** A table decoded, after the tables it needs, which are read once. Raises C12_UNSUPPORTED. */
  async readTable(id: number): Promise<TableRecord> {
    const definition = this.#definitions.get(id);
    if (definition === undefined) throw c12Errors.C12_UNSUPPORTED(`table ${id}`);
    for (const needed of tablesNeededBy(id)) if (!this.#tables.has(needed)) await this.readTable(needed);
    const table = decodeTable(definition, await this.readBytes(id), this.#tables);
    this.#tables.set(id, table);
    return table;
  }

  /** Whether table 0 lists the table. */
  async has(id: number): Promise<boolean> {
    const config = this.#tables.get(0) ?? (await this.readTable(0));
    const used = fieldOf(config, 'STD_TBLS_USED');
    return Array.isArray(used) && used.includes(id);
  }

  /** Reads what `toPush` makes of registers: of the usual tables those the device has. */
  readRegisters(): Promise<Tables> {
    return this.#readThose(registerTables);
  }

  /** Reads the logs that the device has, for `logEntriesOf` and the events of `toPush`. */
  readLogs(): Promise<Tables> {
    return this.#readThose(logTables);
  }

  async #readThose(ids: readonly number[]): Promise<Tables> {
    for (const id of ids) {
      if (!(await this.has(id))) continue;
      try {
        await this.readTable(id);
      } catch (error) {
        // a table that is kept from this user, or has a form of its own, costs only itself
        const code = error instanceof OpenAmiError ? error.code : '';
        if (!['C12_REFUSED', 'C12_UNSUPPORTED', 'C12_NEEDS_TABLE'].includes(code)) throw error;
      }
    }
    return this.#tables;
  }

  /** A load profile, or its last blocks, each read for itself. */
  async readProfile(set: ProfileSet = 1, lastBlocks = Number.POSITIVE_INFINITY): Promise<LoadProfile> {
    for (const id of [61, 62]) if (!this.#tables.has(id)) await this.readTable(id);
    // the newest block moves on
    await this.readTable(63);
    const size = blockBytes(this.#tables, set);
    const elements = validBlocks(this.#tables, set);
    const blocks: TableRecord[] = [];
    for (const element of elements.slice(Math.max(0, elements.length - lastBlocks))) {
      const bytes = await this.readPart(blockTable(set), element * size, size);
      blocks.push(decodeBlock(bytes, this.#tables, set));
    }
    return loadProfileOfBlocks(blocks, this.#tables, set);
  }

  async #ask(request: ServiceRequest): Promise<ReturnType<typeof accepted>> {
    return accepted(request, await this.#exchange.request(request));
  }
}
