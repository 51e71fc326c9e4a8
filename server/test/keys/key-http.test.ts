import { randomBytes } from 'node:crypto';
import { type MeterEndpoint, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keysAccess } from '../../src/services/dlms.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';
import { nodeKeyWrap } from './open-vault.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ meters: 8 });
}, 90_000);
afterAll(() => server?.close());

const hex = (bytes = 16) => randomBytes(bytes).toString('hex');
const serial = (n: number) => `T${1000 + n}`;

async function take(
  file: string,
  query: Record<string, string> = {},
  headers = {},
  status = 200,
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
): Promise<any> {
  const response = await server.fetch(`/api/v1/keys/import?${new URLSearchParams(query)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', ...headers },
    body: file,
  });
  const answer = await response.json();
  expect(response.status, JSON.stringify(answer)).toBe(status);
  return answer;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
async function get(path: string): Promise<any> {
  const response = await server.fetch(path);
  expect(response.status, path).toBe(200);
  return response.json();
}

function post(path: string, json: unknown) {
  return server.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(json),
  });
}

const idOf = (n: number) => server.running.context.directory.memory.meter(serial(n));

async function keysOf(n: number): Promise<Record<string, string>> {
  const { keys } = await (await server.running.context.dlms.vault()).keysOf(keysAccess, [idOf(n)]);
  return Object.fromEntries(
    keys.map(({ kind, state, secret }) => [`${kind} ${state}`, Buffer.from(secret.bytes()).toString('hex')]),
  );
}

describe('import of key files over HTTP', () => {
  it('takes a table; a bad row costs itself, and is kept with its reason', async () => {
    const [guek, gak] = [hex(), hex()];
    const rows = [
      'Serial;System Title;EK;AK',
      `${serial(0)};4F414D0000000A01;${guek};${gak}`,
      `${serial(1)};4F414D0000000A02;${hex(7)};${gak}`,
      `STRANGER;;${hex()};${hex()}`,
      `${serial(2)};4F414D0000000A01;${hex()};${hex()}`,
      `${serial(3)};4F414D0000000A03;;`,
    ];
    const answer = await take(rows.join('\n'), { name: 'delivery.csv' });
    expect(answer).toMatchObject({ rows: 5, added: 2, titles: 2, rejected: 3, error: null });
    expect(answer.rejects.map(({ line, code }: { line: number; code: string }) => `${line} ${code}`)).toEqual(
      [...['3 KEY_LENGTH', '4 KEY_METER_UNKNOWN', '5 KEY_TITLE_TAKEN']],
    );
    expect(await keysOf(0)).toEqual({ 'guek active': guek, 'gak active': gak });
    const [kept] = await get('/api/v1/keys/imports');
    expect(kept).toMatchObject({ ...answer, name: 'delivery.csv' });
    expect(JSON.stringify(kept)).not.toContain(guek);
    expect(await get('/api/v1/keys')).toContainEqual(
      expect.objectContaining({ kind: 'guek', state: 'active', suite: 0, count: 1 }),
    );
  });

  it('registers the meters of a delivery, by the names they will be heard by', async () => {
    const key = '0102030405060708090a0b0c0d0e0f10';
    const rows = [
      'serial;manufacturer;model;devEui;AES key',
      `70000001;oam;W1;;${key}`,
      `70000002;OAM;W1;;${key}`,
      '70000002;OAM;W1;;',
      'L-1;Other Makers;L1;00-11-22-33-44-55-66-77;',
      `70000003;OAM;W1;;12`,
      ';OAM;W1;;',
      `${serial(1)};OAM;W1;;${key}`,
    ];
    const query = { name: 'shipment.csv', register: 'water' };
    const answer = await take(rows.join('\n'), query);
    expect(answer).toMatchObject({ rows: 7, registered: 4, added: 3, rejected: 2, error: null });
    expect(answer.rejects.map(({ line }: { line: number }) => line)).toEqual([6, 7]);
    const { registry } = server.running.context;
    const found = await registry.meters.find(systemAccess, '70000001');
    expect(found).toMatchObject({
      ...{ commodity: 'water', state: 'in_stock', manufacturer: 'oam', model: 'W1' },
      addresses: ['OAM-70000001'],
    });
    expect(await registry.meters.find(systemAccess, 'L-1')).toMatchObject({
      addresses: ['0011223344556677'],
    });
    // the meters are known by these names at once, and the file may come again
    expect(server.running.context.directory.memory.meter('OAM-70000002')).toBeGreaterThan(0);
    expect(await take(rows.join('\n'), query)).toMatchObject({ registered: 0, added: 0, unchanged: 3 });
    expect(await take(rows.slice(0, 2).join('\n'))).toMatchObject({ rows: 1, unchanged: 1, registered: 0 });
  });

  it('makes a meter known by the title of its file, with and without an endpoint', async () => {
    const { registry } = server.running.context;
    const find = (title: string) => registry.endpoints.findByTitle(systemAccess, title);
    expect(await find('4F414D0000000A01')).toMatchObject({ meterId: idOf(0), serial: serial(0) });
    expect(await find('4f414d0000000a03')).toMatchObject({ meterId: idOf(3) });
    expect(await find('4f414d0000000a02')).toBeUndefined();
    const endpoint: MeterEndpoint = {
      ...({ protocol: 'dlms', transport: 'tcp', mode: 'outbound', host: '192.0.2.1', port: 4059 } as const),
      ...{ segment: '', concentrator: '', clientSap: 1, serverSap: 1, auth: 'hls-gmac' },
      ...{ security: 'auth-encrypt', suite: 0, systemTitle: '', profile: '' },
      ...{ physical: null, addressBytes: null, modeE: null, gatewayNetwork: 0, gatewayDevice: '' },
    };
    await registry.endpoints.put(systemAccess, idOf(3), endpoint);
    const shown = await get(`/api/v1/meters/${idOf(3)}/endpoint`);
    expect(shown.systemTitle).toBe('4f414d0000000a03');
    // What sessions, commands and collection take is the same.
    const facts = await registry.commands.facts(systemAccess, [idOf(3)]);
    expect(facts[0]!.endpoint!.systemTitle).toBe('4f414d0000000a03');
    const taken = registry.endpoints.put(systemAccess, idOf(4), {
      ...endpoint,
      systemTitle: '4F414D0000000A01',
    });
    await expect(taken).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    const differs = await take(`serial,title,guek\n${serial(3)},4F414D0000000AFF,${hex()}\n`);
    expect(differs).toMatchObject({ added: 0, rejects: [{ line: 2, code: 'KEY_TITLE_DIFFERS' }] });
    // A file that knows meters by their title alone.
    const byTitle = await take(`title,guek\n4f414d0000000a03,${hex()}\nFFFFFFFFFFFFFFFF,${hex()}\n`);
    expect(byTitle).toMatchObject({ added: 1, rejects: [{ line: 3, code: 'KEY_METER_UNKNOWN' }] });
    expect(Object.keys(await keysOf(3))).toEqual(['guek active']);
  });

  it('takes XML in a shape of its own by a mapping, with wrapped keys and passwords in base64', async () => {
    const [guek, gak, transport] = [randomBytes(16), randomBytes(16), randomBytes(16)];
    const mapping = JSON.stringify({
      ...{ name: 'A vendor', format: 'xml', record: 'Unit', encoding: 'base64', wrapped: ['guek'] },
      secretsEncoded: true,
      fields: {
        ...{ serial: 'Plate/@no', title: 'Plate/Title', guek: 'Secret[@use=encrypt]' },
        ...{ gak: 'Secret[@use=auth]/@value', lls: 'Secret[@use=reader]' },
      },
    });
    const unit = (no: string, key: string) =>
      `<Unit><Plate no="${no}"><Title>4F 41 4D 00 00 00 ${no.slice(-4)}</Title></Plate><Secret use="encrypt">${key}</Secret>` +
      `<Secret use="auth" value="${gak.toString('base64')}"/><Secret use="reader">MTIzNDU2Nzg=</Secret></Unit>`;
    const wrapped = Buffer.from(nodeKeyWrap.wrap(transport, guek)).toString('base64');
    const file = `<Delivery>${unit(serial(5), wrapped)}${unit(serial(6), 'AAAA')}<Unit><Broken`;
    const missing = await take(file, { mapping }, {}, 422);
    expect(missing.code).toBe('KEY_TRANSPORT_MISSING');
    const answer = await take(file, { mapping }, { 'x-transport-key': transport.toString('hex') });
    expect(answer).toMatchObject({
      ...{ rows: 2, added: 3, titles: 1, rejects: [{ code: 'KEY_TRANSPORT' }] },
      error: { code: 'XML_MALFORMED' },
    });
    expect(await keysOf(5)).toEqual({
      ...{ 'guek active': guek.toString('hex'), 'gak active': gak.toString('hex') },
      'lls active': Buffer.from('12345678').toString('hex'),
    });
    const trail = JSON.stringify(
      await server.running.context.registry.audit.list(systemAccess, { limit: 200 }),
    );
    for (const key of [guek, gak, transport]) {
      expect(trail).not.toContain(key.toString('hex'));
      expect(trail).not.toContain(key.toString('base64'));
    }
  });

  it('refuses what is no mapping, no file and no meter element', async () => {
    expect((await take('x', { mapping: '{' }, {}, 400)).code).toBe('IMPORT_MAPPING');
    expect((await take('x', { mapping: '{"format":"pdf"}' }, {}, 422)).code).toBe('CSV_MAPPING_INVALID');
    expect((await take('', {}, {}, 422)).code).toBe('FILE_EMPTY');
    expect((await take('<a><b/></a>', { format: 'xml' }, {}, 422)).code).toBe('CSV_MAPPING_INVALID');
    const bad = await take('serial,guek\n', {}, { 'x-transport-key': 'zz' }, 422);
    expect(bad.code).toBe('KEY_TRANSPORT');
  });

  it('never tells a cell of the file, wherever a key stands in it by mistake', async () => {
    const secret = () => randomBytes(16).toString('hex');
    const known = serial(0);
    await take(`serial,title,guek\n${known},4F414D0000000A01,${secret()}\n`, { different: 'stage' });
    const stray = Array.from({ length: 30 }, secret);
    const next = () => stray.pop()!;
    const used: string[] = [];
    const cell = () => {
      used.push(next());
      return used.at(-1)!;
    };
    const mixed = [
      `guek,serial\nOA1000001,${cell()}\n`,
      `serial,guek\n<Meter serial="1"><Key>${cell()}</Key></Meter>\n`,
      `title,guek\n${cell().slice(0, 16)},${secret()}\n${cell()},1\n`,
      `serial,title,guek,suite\n${known},${cell().slice(0, 16)},${secret()},0\n${known},,${secret()},${cell()}\n`,
      `serial,lls,hls\n${known},"${cell()}"${cell()},1\n${known},${cell()}${'x'.repeat(80)},1\n`,
      // the same title twice, which is half a key
      `serial,title\n${serial(6)},${cell().slice(0, 16)}\n${serial(7)},${used.at(-1)!.slice(0, 16)}\n`,
      `${cell()},${cell()}\n1,2\n`,
    ];
    const answers: string[] = [];
    for (const [at, file] of mixed.entries()) {
      for (const format of ['csv', 'xml']) {
        const response = await server.fetch(`/api/v1/keys/import?name=${at}&format=${format}`, {
          ...{ method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: file },
        });
        answers.push(await response.text());
      }
    }
    const mappings = [
      `x${cell()}`,
      `{"format":"csv",${cell()}}`,
      `serial,guek ${cell()}`,
      `{"format":"csv","${cell()}":1}`,
      `"${cell()}"`,
    ];
    mappings.push(`{"format":"csv","fields":{"serial":"a","${cell()}":"b"}}`);
    for (const mapping of mappings) {
      const query = new URLSearchParams({ mapping });
      const response = await server.fetch(`/api/v1/keys/import?${query}`, { method: 'POST', body: 'x' });
      expect(response.status).toBeGreaterThanOrEqual(400);
      answers.push(await response.text());
    }
    const kept = await server.running.context.registry.keyImports.list(systemAccess, 100);
    const told = [...answers, JSON.stringify(kept)].join('\n').toLowerCase();
    for (const one of used) expect(told).not.toContain(one.slice(0, 8));
    expect(answers[0]).toContain('"detail":"serial: not of a meter that is registered"');
    const differs = await take(`serial,guek\n${known},${secret()}\n`);
    expect(differs.rejects).toEqual([{ line: 2, code: 'KEY_DIFFERS', detail: `guek of ${known}` }]);
  });

  it('gives a file up that is refused row by row, says what was taken, and lets others have their turn', async () => {
    const good = `${serial(4)},${hex()}`;
    const strange = Array.from({ length: 400_000 }, (_, at) => `STRANGER${at},00ff`).join('\n');
    const waits: number[] = [];
    let sinceMs = performance.now();
    const timer = setInterval(() => {
      waits.push(performance.now() - sinceMs);
      sinceMs = performance.now();
    }, 5);
    const answer = await take(`serial,gak\n${good}\n${strange}`, { name: 'strange.csv' });
    clearInterval(timer);
    expect(answer).toMatchObject({ added: 1, error: { code: 'KEY_FILE_REFUSED' } });
    expect(answer.error.detail).toContain('taken before were 1 new');
    expect(answer.rejected).toBeLessThan(11_000);
    expect(answer.rejects).toHaveLength(1000);
    expect(Math.max(...waits)).toBeLessThan(1000);
    expect((await get('/api/v1/keys/imports'))[0]).toMatchObject({ name: 'strange.csv', ...answer });
    expect(Object.keys(await keysOf(4))).toEqual(['gak active']);
    // one quote that is never closed, over lines that are none of meters
    const open = await take(`serial,guek\n"${strange}`);
    expect(open).toMatchObject({ added: 0, error: { code: 'KEY_FILE_REFUSED' } });
    async function* endless() {
      yield Buffer.from(`serial,gak\n${good}\n`);
      const blank = Buffer.alloc(2 ** 20, `${' '.repeat(1023)}\n`);
      for (;;) yield blank;
    }
    const long = await server.running.context.keys.import(systemAccess, endless(), {
      ...{ name: 'long.csv', format: 'csv', encoding: 'hex', suite: 0, different: 'reject' },
    });
    expect(long).toMatchObject({ counts: { unchanged: 1 }, error: { code: 'KEY_FILE_TOO_LARGE' } });
  }, 60_000);

  it('lets nobody send a meter with keys to a place of theirs who may not write keys', async () => {
    const { registry } = server.running.context;
    const { secret } = await registry.tokens.issue(systemAccess, { name: 'operator', role: 'operator' });
    const at = (n: number) => `/api/v1/meters/${idOf(n)}/endpoint`;
    const put = async (n: number, body: object, token = secret) => {
      const response = await fetch(new URL(at(n), server.url), {
        ...{ method: 'PUT', body: JSON.stringify(body) },
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const title = '4F414D0000000C02';
    const safe = {
      ...{ protocol: 'dlms', mode: 'outbound', host: '192.0.2.9', port: 4059, auth: 'hls-gmac' },
      ...{ security: 'auth-encrypt', systemTitle: title },
    };
    const evil = { ...safe, host: '127.0.0.1', port: 30300, auth: 'lls', security: 'none', systemTitle: '' };
    expect((await put(2, evil)).status, 'a meter without keys').toBe(200);
    expect((await put(2, safe)).status).toBe(200);
    await take(`serial,guek,gak,lls\n${serial(2)},${hex()},${hex()},12345678\n`);
    for (const [over, why] of [
      [evil, 'another place'],
      [{ ...safe, host: '192.0.2.10', auth: 'hls-sha256' }, 'another place'],
      [{ ...safe, port: 4060, auth: 'none' }, 'another place'],
      [{ ...safe, gatewayDevice: '01', auth: 'lls' }, 'another place'],
      [{ ...safe, mode: 'inbound', auth: 'lls' }, 'another place'],
      [{ ...safe, auth: 'lls' }, 'authentication is weaker'],
      [{ ...safe, security: 'auth' }, 'security is weaker'],
      [{ ...safe, host: '192.0.2.10', security: '' }, 'security is weaker'],
      [{ ...safe, systemTitle: '4F414D0000000CFF' }, 'system title'],
      [{ ...safe, systemTitle: '' }, 'system title'],
    ] as const) {
      const refused = await put(2, over);
      expect(refused, JSON.stringify(over)).toMatchObject({
        status: 403,
        body: { code: 'ENDPOINT_NEEDS_KEYS' },
      });
      expect(refused.body.detail).toContain(why);
    }
    expect(await get(at(2))).toMatchObject({ host: '192.0.2.9', auth: 'hls-gmac' });
    // to another address under full protection, and a change of nothing that protects
    expect((await put(2, { ...safe, host: '192.0.2.11', profile: 'no-lists' })).status).toBe(200);
    // nor by forgetting it first
    await fetch(new URL(at(2), server.url), {
      method: 'DELETE',
      headers: { authorization: `Bearer ${secret}` },
    });
    expect((await put(2, evil)).body.code).toBe('ENDPOINT_NEEDS_KEYS');
    expect((await put(2, safe)).status).toBe(200);
    expect((await put(2, evil, server.token)).status).toBe(200);
    const trail = await registry.audit.list(systemAccess, { limit: 5 });
    expect(trail.find(({ objectKind }) => objectKind === 'meter_endpoint')?.data).toMatchObject({
      ...{ host: '127.0.0.1', port: 30300, auth: 'lls', security: 'none' },
      opens: expect.arrayContaining(['the authentication is weaker', 'the security is weaker']),
    });
  });

  it('is for who may write keys', async () => {
    const { registry } = server.running.context;
    for (const [role, status] of [
      ['viewer', 403],
      ['operator', 403],
    ] as const) {
      const { secret } = await registry.tokens.issue(systemAccess, { name: `as ${role}`, role });
      const response = await fetch(new URL('/api/v1/keys/import', server.url), {
        ...{ method: 'POST', body: 'serial,guek\n' },
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/octet-stream' },
      });
      expect(response.status).toBe(status);
    }
  });
});

describe('staged keys, settled by hand', () => {
  it('takes one for the key in use, or gives it up', async () => {
    const [first, second, third] = [hex(), hex(), hex()];
    const file = (key: string) => `serial,kek\n${serial(7)},${key}\n`;
    await take(file(first));
    await take(file(second), { different: 'stage' });
    const url = `/api/v1/meters/${idOf(7)}/keys`;
    const settled = await post(`${url}/settle`, { kind: 'kek', version: 2, as: 'active' });
    expect(await settled.json()).toMatchObject([
      { version: 1, state: 'previous' },
      { version: 2, state: 'active' },
    ]);
    await take(file(third), { different: 'stage' });
    const wrong = await post(`${url}/settle`, { kind: 'kek', version: 2, as: 'retired' });
    expect(await wrong.json()).toMatchObject({ code: 'KEY_NOT_STAGED' });
    await post(`${url}/settle`, { kind: 'kek', version: 3, as: 'retired' });
    expect(await keysOf(7)).toEqual({ 'kek previous': first, 'kek active': second });
    const trail = await server.running.context.registry.audit.list(systemAccess, { limit: 20 });
    expect(trail).toContainEqual(
      expect.objectContaining({
        action: 'move',
        data: expect.objectContaining({ moves: ['kek 3: staged → retired'] }),
      }),
    );
  });
});
