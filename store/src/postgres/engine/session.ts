/**
 * One connection's use of the shared backend: gathers its messages into exchanges, holds the backend while
 * a transaction is open, keeps its prepared statements apart, and leaves nothing behind when it ends.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import {
  answers,
  type Message,
  ProtocolFault,
  readyStatus,
  requests,
  sqlOf,
  statementOf,
  Tag,
  withoutFirst,
  withStatementPrefix,
} from './framing.ts';
import type { Shared } from './front.ts';
import { GateBusy } from './gate.ts';

const copyFromClient = /^\s*copy\s[\s\S]*\sfrom\s+stdin\b/i;
const changesSession =
  /(?:^|;)\s*(?:set\s+(?!local\b|transaction\b|constraints\b)|listen\b)|\bset_config\s*\(/i;
const resetSession = 'RESET ALL; RESET SESSION AUTHORIZATION; RESET ROLE; UNLISTEN *';
const maxStatements = 1000;

export class Session {
  readonly #socket: Socket;
  readonly #id: number;
  readonly #shared: Shared;
  readonly #prefix: string;
  readonly #statements = new Set<string>();
  /** Messages of the exchange being gathered. */
  #gathered: Message[] = [];
  #gatheredBytes = 0;
  /** A COPY ... FROM STDIN that waits for its data. */
  #copy = false;
  /** The last unnamed Parse, to repeat it when another connection has parsed since. */
  #unnamed: Message | undefined;
  /** True while the backend is ours beyond one exchange. */
  holds = false;
  #inTransaction = false;

  constructor(socket: Socket, id: number, shared: Shared) {
    this.#socket = socket;
    this.#id = id;
    this.#shared = shared;
    this.#prefix = `c${id}_`;
  }

  /** Takes one message; false when the client said good-bye. */
  async take(message: Message): Promise<boolean> {
    if (message.tag === Tag.terminate) return false;
    if (this.#copy) return this.#takeCopy(message);
    // Left over from a COPY that failed: the protocol says to ignore them.
    if (message.tag === Tag.copyData || message.tag === Tag.copyDone || message.tag === Tag.copyFail)
      return true;
    this.#gather(message);
    if (message.tag === Tag.query && copyFromClient.test(sqlOf(message))) {
      this.#copy = true;
      await this.#write(answers.copyIn());
      return true;
    }
    if (message.tag === Tag.parse && copyFromClient.test(sqlOf(message))) {
      throw new ProtocolFault('0A000', 'COPY FROM STDIN works in simple queries only');
    }
    const { tag } = message;
    if (tag === Tag.query || tag === Tag.sync || tag === Tag.flush || tag === Tag.functionCall) {
      await this.#exchange();
    }
    return true;
  }

  async #takeCopy(message: Message): Promise<boolean> {
    if (message.tag === Tag.flush || message.tag === Tag.sync) return true;
    this.#gather(message);
    if (message.tag === Tag.copyData) return true;
    this.#copy = false;
    await this.#exchange('G');
    return true;
  }

  #gather(message: Message): void {
    this.#gatheredBytes += message.bytes.length;
    if (this.#gatheredBytes > this.#shared.options.limits.exchangeBytes) {
      throw new ProtocolFault('54000', 'too much data in one request');
    }
    this.#gathered.push(message);
  }

  /** Runs what was gathered; `drop` is a message of the answer the client has had already. */
  async #exchange(drop?: string): Promise<void> {
    const gathered = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (!this.holds) {
      try {
        await this.#shared.gate.acquire();
      } catch (error) {
        if (!(error instanceof GateBusy)) throw error;
        const text = `the database is busy: ${error.message}`;
        return this.#write(Buffer.concat([answers.error('ERROR', '53400', text), answers.ready()]));
      }
      this.holds = true;
    }
    const answer = await this.#run(gathered, drop);
    const status = readyStatus(answer);
    this.#inTransaction = status !== 'I';
    if (status === 'I') this.#letGo();
    await this.#write(answer);
  }

  async #run(gathered: readonly Message[], drop?: string): Promise<Uint8Array> {
    const shared = this.#shared;
    if (shared.dirtyBy !== 0 && shared.dirtyBy !== this.#id) {
      await shared.exec(requests.query(resetSession));
      shared.dirtyBy = 0;
    }
    const repeated = this.#repeatUnnamed(gathered);
    const messages = gathered.map((message) => this.#prepare(message).bytes);
    if (repeated !== undefined) messages.unshift(repeated.bytes);
    let answer = await shared.exec(messages.length === 1 ? messages[0]! : Buffer.concat(messages));
    if (repeated !== undefined) answer = withoutFirst(answer, '1');
    return drop === undefined ? answer : withoutFirst(answer, drop);
  }

  /** The unnamed statement's Parse, when this exchange uses it and another connection overwrote it. */
  #repeatUnnamed(gathered: readonly Message[]): Message | undefined {
    if (this.#unnamed === undefined || this.#shared.unnamedBy === this.#id) return undefined;
    const first = gathered.find((message) => statementOf(message) === '');
    if (first === undefined || first.tag === Tag.parse || first.tag === Tag.close) return undefined;
    this.#shared.unnamedBy = this.#id;
    return this.#unnamed;
  }

  /** Notes what a message does to the shared session, and renames its prepared statement. */
  #prepare(message: Message): Message {
    const { tag } = message;
    if (tag === Tag.query || tag === Tag.parse) {
      if (changesSession.test(sqlOf(message))) this.#shared.dirtyBy = this.#id;
    }
    const name = statementOf(message);
    if (tag === Tag.query) this.#shared.unnamedBy = 0;
    if (tag === Tag.parse && name === '') {
      this.#unnamed = message;
      this.#shared.unnamedBy = this.#id;
    }
    if (!name) return message;
    if (tag === Tag.close) this.#statements.delete(name);
    else if (tag === Tag.parse) {
      if (this.#statements.size >= maxStatements) throw new ProtocolFault('54000', 'too many statements');
      this.#statements.add(name);
    }
    return withStatementPrefix(message, this.#prefix);
  }

  #letGo(): void {
    this.holds = false;
    this.#shared.gate.release();
  }

  /** Rolls back, forgets prepared statements, lets go of the backend. Never raises. */
  async end(): Promise<void> {
    try {
      if (!this.holds && this.#statements.size === 0) return;
      if (!this.holds) {
        await this.#shared.gate.acquire();
        this.holds = true;
      }
      if (this.#inTransaction) {
        // An exchange may be half way (Flush without Sync): Sync ends it, then the block is rolled back.
        await this.#shared.exec(requests.sync());
        await this.#shared.exec(requests.query('ROLLBACK'));
      }
      if (this.#statements.size > 0) {
        const names = [...this.#statements].map((name) => requests.closeStatement(this.#prefix + name));
        await this.#shared.exec(Buffer.concat([...names, requests.sync()]));
      }
    } catch {
      // The backend broke (reported by exec), or it is too busy: the statements stay until it restarts.
    } finally {
      if (this.holds) this.#letGo();
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#socket.destroyed || this.#socket.write(bytes)) return;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(this.#shared.options.limits.writeMs)]);
    const events = ['drain', 'close'].map((event) => once(this.#socket, event, { signal }));
    for (const event of events) event.catch(() => undefined);
    try {
      await Promise.race(events);
    } catch {
      this.#socket.destroy();
    } finally {
      over.abort();
    }
  }
}
