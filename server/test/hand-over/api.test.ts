/** Bills handed over to a customer information system that is a server of its own, from run to receipt. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { verifyWebhook, webhookSecretBytes } from '@openami/exchange';
import { systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  BatchesMade,
  BatchItem,
  BatchList,
  BillRunItem,
  DeliveryList,
  HandedBillList,
  WebhookItem,
  WebhookSecretShown,
} from '../../src/contract/index.ts';
import { type BillingTest, startBilling } from '../billing/support.ts';
import { runCli } from '../helpers/run-command.ts';
import { firstDay, today } from '../vee/support.ts';

interface Line {
  readonly id: number;
  readonly account: string;
  readonly kind: string;
  readonly total: string | null;
  readonly currency: string;
  readonly lines: readonly { readonly amount: string }[];
  readonly determinants: readonly { readonly expected: number }[];
}

describe('hand-over over HTTP', () => {
  let test: BillingTest;
  let cis: string;
  let url: string;
  const events: { type: string; data: Record<string, unknown>; right: boolean }[] = [];
  let secret: string;
  const receiver = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += String(part);
    const { headers } = request;
    const header = (name: string) => String(headers[`webhook-${name}`]);
    const message = {
      id: header('id'),
      timestamp: header('timestamp'),
      signature: header('signature'),
      body,
    };
    const right = verifyWebhook(webhookSecretBytes(secret)!, message, Date.now() / 1_000);
    events.push({ ...(JSON.parse(body) as { type: string; data: Record<string, unknown> }), right });
    response.writeHead(204).end();
  });
  const asCis = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(new URL(`/api/v1${path}`, test.vee.server.url), {
      method,
      headers: { authorization: `Bearer ${cis}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  };
  const settled = async () => {
    const { batches, webhooks } = test.vee.server.running.context;
    await batches.rounds.settled();
    webhooks.dispatcher.kick();
    await webhooks.dispatcher.settled();
  };
  const contentOf = async (id: number) => {
    const { text } = await asCis('GET', `/hand-over/batches/${id}/content`);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    return { text, lines, sha256: createHash('sha256').update(text).digest('hex') };
  };
  const cli = (...args: string[]) =>
    runCli(['bill', ...args], {
      ...{ OPENAMI_DATA_DIR: test.vee.server.dataDir, OPENAMI_LOG_LEVEL: 'error' },
    });
  let run: BillRunItem;
  beforeAll(async () => {
    test = await startBilling(3, true, { OPENAMI_WEBHOOK_ALLOW: '127.0.0.1' });
    for (const home of test.vee.homes) await test.vee.send(home, firstDay, today);
    await test.vee.open();
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const token = { name: 'cis', role: 'cis' } as const;
    cis = (await test.vee.server.running.context.registry.tokens.issue(systemAccess, token)).secret;
  }, 240_000);
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await test?.vee.server.close();
  });

  it('makes a webhook for administrators alone and shows its secret once', async () => {
    const body = { name: 'CIS', url, kinds: ['bill.issued', 'hand-over.batch', 'hand-over.acknowledged'] };
    const anna = await test.as('anna');
    expect((await anna('POST', '/webhooks', body)).status).toBe(403);
    const wrong = await test.call('POST', '/webhooks', { ...body, url: 'https://192.168.0.1/' });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'WEBHOOK_ADDRESS' } });
    expect((await test.call('POST', '/webhooks', { ...body, kinds: ['all'] })).status).toBe(400);
    const key = { 'idempotency-key': 'a webhook' };
    const made = await test.call<WebhookSecretShown>('POST', '/webhooks', body, key);
    expect(made.status).toBe(201);
    // it is not kept for a repeat
    expect(await test.call('POST', '/webhooks', body, key)).toMatchObject({
      body: { code: 'IDEMPOTENCY_SECRET' },
    });
    secret = made.body.secret;
    const { id } = made.body.webhook;
    const read = await test.call<WebhookItem>('GET', `/webhooks/${id}`);
    expect(JSON.stringify(read.body)).not.toContain('whsec_');
    expect((await test.call('PATCH', `/webhooks/${id}`, { name: 'x' }, { 'if-match': '"v9"' })).status).toBe(
      412,
    );
    expect((await test.call('POST', `/webhooks/${id}/test`)).status).toBe(202);
    await settled();
    expect(events).toMatchObject([{ type: 'webhook.test', right: true }]);
    events.length = 0;
  });

  it('hands over what is issued, once, as bytes that do not change', async () => {
    const calculated = await cli('run', '--from', '2026-03-01');
    expect(calculated).toMatchObject({ code: 0 });
    expect(calculated.json()).toMatchObject({ state: 'calculated', done: 3, counts: { calculated: 3 } });
    const id = String(calculated.json().run);
    expect(await cli('held', id)).toMatchObject({ code: 0, out: '' });
    expect(await cli('release', '999999', '--reason', 'none')).toMatchObject({ code: 1 });
    const many = await cli('release', '--run', id, '--hold', 'NOT_READY,OUTLIER', '--reason', 'none');
    expect(many.json()).toEqual({ run: Number(id), released: 0, left: 0 });
    expect((await cli('release', '1', '--run', id, '--reason', 'both')).code).not.toBe(0);
    const early = await test.call('POST', '/hand-over/batches', { run: Number(id) });
    expect(early).toMatchObject({ status: 409, body: { code: 'BILL_RUN_STATE' } });
    await test.as('ben');
    const password = join(test.vee.server.dataDir, 'password.txt');
    writeFileSync(password, 'ben long password\n');
    const approve = ['approve', id, '--email', 'ben@example.org', '--password-file'];
    expect((await cli(...approve, join(test.vee.server.dataDir, 'none.txt'))).code).not.toBe(0);
    expect((await cli(...approve, password)).json()).toMatchObject({ state: 'approved' });
    expect((await cli('issue', id)).json()).toMatchObject({ state: 'issued', counts: { issued: 3 } });
    const lines = (await cli('export', id)).out.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Line).determinants.length)).toEqual([1, 1, 1]);
    run = (await test.call<BillRunItem>('GET', `/bill-runs/${id}`)).body;
    const feed = await (await test.vee.server.fetch(`/api/v1/bills?run=${id}&format=espi`)).text();
    expect(feed.match(/<UsageSummary /g)).toHaveLength(3);
    const cents = [...feed.matchAll(/<billLastPeriod>(\d+)</g)].reduce(
      (sum, [, one]) => sum + Number(one),
      0,
    );
    expect((cents / 100_000).toFixed(2)).toBe(Number(run.totals.EUR).toFixed(2));
    expect(run.counts.issued).toBe(3);
    const made = await test.call<BatchesMade>('POST', '/hand-over/batches', { run: run.id });
    expect(made).toMatchObject({
      status: 201,
      body: { items: [{ id: 1, bills: 3, totals: run.totals, due: run.totals }] },
    });
    await settled();
    expect(events.map(({ type, right }) => [type, right])).toEqual([
      ...[1, 2, 3].map(() => ['bill.issued', true]),
      ['hand-over.batch', true],
    ]);
    const [batch] = (JSON.parse((await asCis('GET', '/hand-over/batches?after=0')).text) as BatchList).items;
    expect(events.at(-1)!.data).toMatchObject({ batch: 1, sha256: batch!.sha256, bills: 3 });
    const content = await contentOf(1);
    expect(content.sha256).toBe(batch!.sha256);
    expect(Buffer.byteLength(content.text)).toBe(batch!.bytes);
    expect(content.lines.map(({ account }) => account).sort()).toEqual(['A0', 'A1', 'A2']);
    for (const { total, lines, determinants, ...rest } of content.lines) {
      expect(rest).toMatchObject({ prepaid: false, due: total, entries: [] });
      const cents = lines.reduce((sum, { amount }) => sum + Math.round(Number(amount) * 100), 0);
      expect(cents).toBe(Math.round(Number(total) * 100));
      expect(determinants).toMatchObject([{ expected: 743 }]);
    }
    // the bill is taken back; what was handed over stays what it was
    await test.call('POST', `/bills/${content.lines[0]!.id}/cancel`, { reason: 'wrong meter' });
    expect((await contentOf(1)).text).toBe(content.text);
    const again = await test.call<BatchesMade>('POST', '/hand-over/batches', { run: run.id });
    expect(again.body.items).toMatchObject([{ id: 2, bills: 1 }]);
    await settled();
    const [reversal] = (await contentOf(2)).lines;
    expect(reversal).toMatchObject({ kind: 'reversal', total: `-${content.lines[0]!.total}` });
    const nothing = await test.call('POST', '/hand-over/batches', { run: run.id });
    expect(nothing).toMatchObject({ status: 409, body: { code: 'HAND_OVER_NOTHING' } });
  });

  it('takes a receipt with control totals, and hands refused bills over again', async () => {
    const { lines, sha256 } = await contentOf(1);
    const cents = lines.reduce((sum, { total }) => sum + Math.round(Number(total) * 100), 0);
    const receipt = { bills: 3, totals: { EUR: (cents / 100).toFixed(2) }, sha256 };
    const acknowledge = (body: unknown) => asCis('POST', '/hand-over/batches/1/acknowledge', body);
    expect((await acknowledge({ ...receipt, bills: 2 })).text).toContain('HAND_OVER_TOTALS');
    const refused = [{ bill: lines[1]!.id, reason: 'account is closed here' }];
    const done = await acknowledge({ ...receipt, refused });
    expect(done.status).toBe(200);
    expect(JSON.parse(done.text) as BatchItem).toMatchObject({
      ...{ state: 'acknowledged', refused: 1, acknowledgedByName: 'API token cis' },
    });
    expect((await acknowledge({ ...receipt, refused })).status).toBe(200);
    const open = async () =>
      (await test.call<HandedBillList>('GET', '/hand-over/bills?state=refused')).body.items;
    expect(await open()).toMatchObject([{ id: lines[1]!.id, reason: 'account is closed here' }]);
    const body = { bills: [lines[1]!.id], reason: 'opened there' };
    expect((await asCis('POST', '/hand-over/again', body)).status).toBe(403);
    expect((await test.call('POST', '/hand-over/again', body)).status).toBe(201);
    expect(await open()).toEqual([]);
    await settled();
    expect((await contentOf(3)).lines.map(({ id }) => id)).toEqual([lines[1]!.id]);
    expect((await asCis('GET', '/bills')).status).toBe(403);
    const { items } = (await test.call<DeliveryList>('GET', '/webhook-deliveries?state=delivered')).body;
    expect(items.map(({ kind }) => kind)).toContain('hand-over.acknowledged');
  });

  it('makes batches by itself once that is switched on', async () => {
    expect((await test.call('PUT', '/hand-over/settings', { automatic: true })).status).toBe(200);
    const [bill] = (await contentOf(3)).lines;
    const ben = await test.as('ben');
    await ben('POST', `/bills/${bill!.id}/cancel`, { reason: 'wrong again' });
    test.vee.server.running.context.batches.rounds.kick();
    await settled();
    const { items } = (await test.call<BatchList>('GET', '/hand-over/batches')).body;
    expect(items[0]).toMatchObject({ id: 4, bills: 1, runId: run.id, state: 'handed_over' });
  });
});
