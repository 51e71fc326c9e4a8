import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeyFileMapping, type KeyFileRow, readKeyFile } from '../src/key-file.ts';

const code = (wanted: string) => expect.objectContaining({ code: wanted });

async function rowsOf(text: string | Uint8Array, mapping: KeyFileMapping, cut = 7): Promise<KeyFileRow[]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut);
  }
  const rows: KeyFileRow[] = [];
  for await (const row of readKeyFile(chunks(), mapping)) rows.push(row);
  return rows;
}

const csv: KeyFileMapping = { format: 'csv' };

describe('key files as tables', () => {
  it('knows usual column names, any delimiter and encoding', async () => {
    const wanted = [{ line: 2, fields: { serial: 'A1', guek: '00FF', gak: 'AA' } }];
    expect(await rowsOf('Serial Number;EK;AK;Colour\nA1;00FF;AA;red\n', csv)).toEqual(wanted);
    expect(await rowsOf('"meter_id","GUEK","Authentication Key"\r\n"A1","00FF","AA"', csv)).toEqual(wanted);
    const utf16 = Buffer.concat([
      Buffer.of(0xff, 0xfe),
      Buffer.from('serial\tguek\tgak\nA1\t00FF\tAA\n', 'utf16le'),
    ]);
    expect(await rowsOf(utf16, csv)).toEqual(wanted);
  });

  it('takes the columns it is told', async () => {
    const mapping: KeyFileMapping = { ...csv, fields: { serial: 'Zähler', guek: 'Schlüssel 1' } };
    expect(await rowsOf('Zähler,Schlüssel 1\nA1,00\n,\nA2,\n', mapping)).toEqual([
      { line: 2, fields: { serial: 'A1', guek: '00' } },
      { line: 4, fields: { serial: 'A2' } },
    ]);
    await expect(rowsOf('a,b\n1,2\n', mapping)).rejects.toEqual(code('CSV_COLUMN_MISSING'));
    await expect(rowsOf('a,b\n1,2\n', csv)).rejects.toEqual(code('CSV_COLUMN_MISSING'));
    await expect(rowsOf('', csv)).rejects.toEqual(code('FILE_EMPTY'));
  });

  it('sets one broken row aside', async () => {
    const rows = await rowsOf('serial,guek\nA1,00\n"A2,01\nA3,02\n', csv);
    expect(rows.map(({ fields, error }) => error?.code ?? fields.serial)).toEqual([
      'A1',
      'CSV_QUOTE_BROKEN',
      'A3',
    ]);
  });

  it('does not take the rows between two stray quotes for one', async () => {
    const rows = await rowsOf('serial,guek\nA1,00\n"A2,01\nA3,02\nA4,03"\nA5,04\n', csv);
    expect(rows.map(({ line, fields, error }) => [line, error?.code ?? fields.serial])).toEqual([
      [2, 'A1'],
      [3, 'CSV_QUOTE_BROKEN'],
      [4, 'A3'],
      [5, 'A4'],
      [6, 'A5'],
    ]);
  });
});

const xml: KeyFileMapping = {
  format: 'xml',
  record: 'Device',
  fields: { serial: '@no', title: 'Title', guek: 'Keys/Key[@type=GUEK]', gak: 'Keys/Key[@type=GAK]/@value' },
};
const document = (devices: string) => `<?xml version="1.0"?><x:Shipment xmlns:x="u">${devices}</x:Shipment>`;

describe('key files as XML', () => {
  it('finds fields by path, attribute and both', async () => {
    const keys =
      '<Keys><Key type="GBEK">99</Key><Key type="GUEK"> 00FF </Key><Key type="GAK" value="AA"/></Keys>';
    const text = document(
      `<x:Device no="A1"><Title><![CDATA[4D4D]]></Title>${keys}</x:Device>\n<x:Device no="A2"/>`,
    );
    expect(await rowsOf(text, xml)).toEqual([
      { line: 1, fields: { serial: 'A1', title: '4D4D', guek: '00FF', gak: 'AA' } },
      { line: 2, fields: { serial: 'A2' } },
    ]);
  });

  it('takes the first of several names, whatever their case, and says when no meter is there', async () => {
    const mapping: KeyFileMapping = {
      ...{ format: 'xml', record: ['Zähler', 'meter'] },
      fields: { serial: ['Nr', '@ID'], guek: ['Keys/EK', 'GUEK'] },
    };
    const text = '<a><zähler id="A1"><guek>00</guek></zähler><Meter id="A2"><nr>B</nr></Meter></a>';
    expect((await rowsOf(text, mapping)).map(({ fields }) => fields)).toEqual([
      { serial: 'A1', guek: '00' },
      { serial: 'B' },
    ]);
    await expect(rowsOf('<a><b/></a>', mapping)).rejects.toEqual(code('CSV_MAPPING_INVALID'));
    const fields = { serial: '@id' };
    await expect(rowsOf(text, { format: 'xml', fields })).rejects.toEqual(code('CSV_MAPPING_INVALID'));
  });

  it.each([
    '<m><Meter serial="A1" systemTitle="4D" guek="00" gak="AA"/></m>',
    '<m><Device><Serial-No>A1</Serial-No><System_Title>4D</System_Title><EK>00</EK><AK>AA</AK></Device></m>',
    '<m><Meter><MeterNo>A1</MeterNo><SystemTitle>4D</SystemTitle><Keys><GUEK>00</GUEK><GAK>AA</GAK></Keys></Meter></m>',
    '<m><meter><serial>A1</serial><title>4D</title><Key type="GUEK">00</Key><Key type="GAK" value="AA"/></meter></m>',
    '<m><Meter><Serial>A1</Serial><SystemTitle>4D</SystemTitle><Keys><Key name="Encryption Key"><Value>00</Value>' +
      '</Key><Key name="Authentication Key"><Value>AA</Value></Key></Keys></Meter></m>',
  ])('knows the usual shapes: %s', async (text) => {
    const [row] = await rowsOf(text, { format: 'xml' });
    expect(row!.fields).toEqual({ serial: 'A1', title: '4D', guek: '00', gak: 'AA' });
  });

  it('gives what came before the file broke, and expands nothing', async () => {
    const rows: KeyFileRow[] = [];
    async function* cut() {
      yield new TextEncoder().encode('<a><Device no="A1"></Device><Device no="00112233445566778899');
      yield new TextEncoder().encode('</a>');
    }
    const reading = (async () => {
      for await (const row of readKeyFile(cut(), xml)) rows.push(row);
    })();
    const error = await reading.then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ code: 'XML_MALFORMED' });
    // The message of an error must not quote a file of keys.
    expect(`${error!.message} ${String(error!.cause)}`).not.toContain('00112233');
    expect(rows.map(({ fields }) => fields.serial)).toEqual(['A1']);
    await expect(rowsOf('<!DOCTYPE a [<!ENTITY b "c">]><a/>', xml)).rejects.toEqual(code('XML_FORBIDDEN'));
    await expect(rowsOf(document('<d>'.repeat(100)), xml)).rejects.toEqual(code('XML_LIMIT'));
    const endless = `<a><Device><Title>${'x'.repeat(600_000)}`;
    await expect(rowsOf(endless, xml, 65_536)).rejects.toEqual(code('XML_LIMIT'));
    await expect(rowsOf('<a/>', { format: 'xml' })).rejects.toEqual(code('CSV_MAPPING_INVALID'));
  });

  it('gives rows or one of our errors for any text, the same however it is cut', async () => {
    const piece = fc.constantFrom(
      '<Device no="1">',
      '</Device>',
      '<Title>',
      '</Title>',
      'x',
      '&amp;',
      '&',
      '<',
      'A;B',
      '\n',
      '"',
      'serial,guek',
    );
    const outcome = async (text: string, mapping: KeyFileMapping, cut: number) => {
      try {
        return JSON.stringify(await rowsOf(text, mapping, cut));
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 20 }),
        fc.integer({ min: 1, max: 9 }),
        async (pieces, cut) => {
          for (const mapping of [csv, xml]) {
            const whole = await outcome(pieces.join(''), mapping, 10_000);
            expect(whole).toMatch(/^(\[|FILE_|CSV_|XML_)/);
            expect(await outcome(pieces.join(''), mapping, cut)).toBe(whole);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
