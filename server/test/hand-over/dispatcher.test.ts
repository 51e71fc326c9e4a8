/** Webhooks against a real HTTP server: order, retries, a kill in between, signatures, addresses. */
import { fork } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyWebhook, webhookSecretBytes } from '@openami/exchange';
import { childModule, ManualClock, systemAccess } from '@openami/model';
import type { Webhook } from '@openami/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';
import { AddressFilter } from '../../src/services/hand-over/addresses.ts';
import type { DispatchLimits } from '../../src/services/hand-over/dispatcher.ts';
import { WebhookService } from '../../src/services/hand-over/webhooks.ts';
import { openSetting, type Setting } from '../keys/open-vault.ts';

interface Got {
  readonly id: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly data: { readonly n?: number };
}
type Answer = (got: Got, response: ServerResponse) => void;

const ok: Answer = (_, response) => response.writeHead(204).end();

describe('webhooks', () => {
  let setting: Setting;
  let url: string;
  let hook: Webhook;
  let secret: string;
  let answer: Answer = ok;
  const got: Got[] = [];
  const now = Math.floor(Date.now() / 1_000);
  const receiver = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += String(part);
    const { headers } = request;
    const one = { id: String(headers['webhook-id']), headers, body, data: JSON.parse(body).data };
    got.push(one);
    answer(one, response);
  });
  const limits: Partial<DispatchLimits> = { restMs: 1, longestRestMs: 1, timeoutMs: 5_000 };
  const service = (more: Partial<ConstructorParameters<typeof WebhookService>[0]> = {}) =>
    new WebhookService({
      ...{ registry: setting.store, vault: () => setting.vault(), allow: '127.0.0.1', limits },
      ...{ log: createLog('silent'), clock: new ManualClock(now * 1_000), ...more },
    });
  /** Looks again and again until nothing waits. */
  const drained = async (of: WebhookService, most = 200) => {
    const stop = of.dispatcher.start();
    for (let i = 0; i < most; i++) {
      of.dispatcher.kick();
      await of.dispatcher.settled();
      if ((await setting.store.webhooks.get(systemAccess, hook.id)).waiting === 0) break;
    }
    await stop();
  };
  const queue = async (...numbers: readonly number[]) => {
    for (const n of numbers) await setting.store.webhooks.test(systemAccess, hook.id, { n });
  };
  const deliveries = async () =>
    (await setting.store.webhooks.deliveries(systemAccess, { webhook: hook.id })).items;
  const isRight = ({ id, headers, body }: Got, text: string, nowS = now) =>
    verifyWebhook(
      webhookSecretBytes(text)!,
      {
        ...{ id, body, timestamp: String(headers['webhook-timestamp']) },
        signature: String(headers['webhook-signature']),
      },
      nowS,
    );
  beforeAll(async () => {
    setting = await openSetting();
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/events?of=cis`;
    const made = await service().create(systemAccess, { name: 'cis', url, kinds: ['bill.issued'] });
    hook = made.webhook;
    secret = made.secret;
  }, 60_000);
  beforeEach(async () => {
    got.length = 0;
    answer = ok;
    await setting.store.webhooks.sweep(systemAccess, {
      ...{ waiting: 1_000, waitHours: 1, deliveredDays: 0, deadDays: 0 },
    });
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await setting?.close();
  });

  it('come in order, each signed, and are kept sealed', async () => {
    await queue(1, 2, 3);
    await drained(service());
    expect(got.map(({ data }) => data.n)).toEqual([1, 2, 3]);
    expect(got.every((one) => isRight(one, secret))).toBe(true);
    expect(JSON.parse(got[0]!.body)).toMatchObject({ id: got[0]!.id, type: 'webhook.test' });
    const changed = { ...got[0]!, body: got[0]!.body.replace('"n":1', '"n":9') };
    expect(isRight(changed, secret)).toBe(false);
    expect(isRight(got[0]!, secret, now + 301)).toBe(false);
    expect(isRight({ ...got[0]!, id: got[1]!.id }, secret)).toBe(false);
    const rows = await setting.store.db.selectFrom('webhook_secret').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(secret.slice(6, 30));
  });

  it('are tried again in their order, under the same id, and told dead in the end', async () => {
    let bad = 2;
    answer = (one, response) => response.writeHead(one.data.n === 1 && bad-- > 0 ? 503 : 200).end('busy');
    await queue(1, 2);
    await drained(service());
    expect(got.map(({ data }) => data.n)).toEqual([1, 1, 1, 2]);
    expect(new Set(got.slice(0, 3).map(({ id }) => id)).size).toBe(1);
    got.length = 0;
    answer = (one, response) =>
      one.data.n === 3 ? response.writeHead(422).end('no such account') : response.writeHead(200).end();
    await queue(3, 4);
    await drained(service({ limits: { ...limits, refusals: 2 } }));
    expect(got.map(({ data }) => data.n)).toEqual([3, 3, 4]);
    const [dead] = (await deliveries()).filter(({ state }) => state === 'dead');
    expect(dead).toMatchObject({ status: 422, detail: 'no such account', attempts: 2, data: { n: 3 } });
    answer = ok;
    expect(await service().resend(systemAccess, hook.id, [dead!.id])).toBe(1);
    await drained(service());
    expect(got.at(-1)).toMatchObject({ id: dead!.eventId, data: { n: 3 } });
  });

  it('do not follow redirects, and stop where the receiver is gone', async () => {
    answer = (_, response) => response.writeHead(302, { location: url.replace('events', 'other') }).end();
    await queue(1);
    await drained(service({ limits: { ...limits, refusals: 1 } }));
    expect(got).toHaveLength(1);
    expect((await deliveries())[0]).toMatchObject({ state: 'dead', detail: 'redirects are not followed' });
    answer = (_, response) => response.writeHead(410).end();
    await queue(2);
    await drained(service(), 3);
    const paused = await setting.store.webhooks.get(systemAccess, hook.id);
    expect(paused).toMatchObject({ enabled: false, paused: expect.stringContaining('410') });
    answer = ok;
    await service().change(systemAccess, hook.id, { enabled: true });
    await drained(service());
    expect(got.at(-1)!.data.n).toBe(2);
  });

  it('come again when the process is killed before it knew what came of it', async () => {
    await queue(1, 2);
    const { url: module, execArgv } = childModule(import.meta.url, 'dispatch-process');
    const child = fork(new URL(module), [setting.store.engine.url], { execArgv: [...execArgv] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    answer = (_, response) => {
      child.kill('SIGKILL');
      void ended.then(() => response.writeHead(200).end());
    };
    await ended;
    expect(got.map(({ data }) => data.n)).toEqual([1]);
    answer = ok;
    await drained(service());
    expect(got.map(({ data }) => data.n)).toEqual([1, 1, 2]);
    expect(got[1]!.id).toBe(got[0]!.id);
  }, 60_000);

  it('are signed with both secrets while one takes over', async () => {
    const { secret: fresh } = await service().rotate(systemAccess, hook.id, 1);
    await queue(1);
    await drained(service());
    expect([isRight(got[0]!, secret), isRight(got[0]!, fresh)]).toEqual([true, true]);
    const { secret: newest } = await service().rotate(systemAccess, hook.id, 0);
    await setting.store.db
      .updateTable('webhook_secret')
      .set({ expires_at: new Date(0) })
      .where('expires_at', 'is not', null)
      .execute();
    await queue(2);
    await drained(service());
    expect([secret, fresh, newest].map((one) => isRight(got[1]!, one))).toEqual([false, false, true]);
    secret = newest;
  });

  it('are never sent to private addresses, however the name is written or resolved', async () => {
    const strict = service({ allow: '' });
    const make = (to: string) => strict.create(systemAccess, { name: to, url: to, kinds: ['bill.issued'] });
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '10.1.2.3', '169.254.169.254', '[::1]'])
      await expect(make(`https://${host}/`)).rejects.toMatchObject({ code: 'WEBHOOK_ADDRESS' });
    for (const host of ['[::ffff:10.0.0.1]', '[64:ff9b::a00:1]', '[fd00::1]', '0.0.0.0'])
      await expect(make(`https://${host}/`)).rejects.toMatchObject({ code: 'WEBHOOK_ADDRESS' });
    await expect(make('http://93.184.216.34/')).rejects.toMatchObject({ code: 'WEBHOOK_ADDRESS' });
    for (const wrong of ['ftp://example.org/', 'https://user:word@example.org/', 'nothing'])
      await expect(make(wrong)).rejects.toMatchObject({ code: 'WEBHOOK_URL' });
    // a name that resolved to something harmless when it was looked at
    const { port } = new URL(url);
    const name = `http://rebind.example.org:${port}/`;
    const answers = [['203.0.113.9'], ['8.8.8.8', '127.0.0.2'], ['169.254.169.254'], ['127.0.0.1']];
    const resolve = ((_: string, __: object, done: (error: null, all: object[]) => void) => {
      const all = answers.shift() ?? ['127.0.0.1'];
      done(
        null,
        all.map((address) => ({ address, family: 4 })),
      );
    }) as never;
    await service().change(systemAccess, hook.id, { url: name });
    await queue(1);
    await drained(service({ resolve }));
    // only the last of the answers is an address that is allowed
    expect(got).toHaveLength(1);
    expect((await deliveries())[0]).toMatchObject({ state: 'delivered', attempts: 4 });
  });

  it('know which addresses are public', () => {
    const filter = new AddressFilter('10.20.0.0/16, 2001:db8::7');
    const permitted = ['93.184.216.34', '2606:4700::1111', '10.20.1.1', '2001:db8::7', '::ffff:8.8.8.8'];
    expect(permitted.filter((address) => !filter.permits(address, true))).toEqual([]);
    const refused = ['10.21.1.1', '100.64.0.1', '2001:db8::8', 'fe80::1%eth0', '::', '224.0.0.1', 'name'];
    expect(refused.filter((address) => filter.permits(address, true))).toEqual([]);
    expect(filter.permits('93.184.216.34', false)).toBe(false);
    expect(() => new AddressFilter('10.0.0.0/40')).toThrow('10.0.0.0/40');
  });
});
