/** What `openami decode` takes line by line: what a line of each format holds, an example, its decoder. */
import type { DecodedLine } from '@openami/wire/dlms';

interface LineOptions {
  /** What meters mark as no value, as they send it; `mbus` and `wmbus`. */
  readonly asSent: boolean;
}

/** A line to a line; what was learnt of one may serve the next. */
export interface LineDecoding {
  decode(line: string): DecodedLine | Promise<DecodedLine>;
  close?(): Promise<void>;
}

export interface LineFormat {
  readonly name: string;
  readonly title: string;
  /** Fields of a line, in words. */
  readonly takes: string;
  /** A line that works. */
  readonly example: string;
  /** Loads what it needs: nobody waits for the other formats. */
  open(options: LineOptions): Promise<LineDecoding>;
}

const mbusFields = `
{"id","hex","key"?,"format"?,"model"?}: hex is a telegram, or a list of telegrams of one meter; key is 16
bytes in hex; model names the model in wire/models to read it by, where it is not the one for the meter.
"values" are by the names of that model.`;

export const lineFormats: readonly LineFormat[] = [
  {
    name: 'dlms',
    title: 'DLMS/COSEM: APDUs, wrapper, HDLC or M-Bus frames, pushes',
    takes: '{"id","hex","guek"?,"gak"?,"systemTitle"?}, "ignoreFcs":true for frames changed by hand.',
    example: '{"id":1,"hex":"C0 01 C1 00 08 00 00 01 00 00 FF 02 00"}',
    async open() {
      const { LineDecoder, nobleCrypto } = await import('@openami/wire/dlms');
      return new LineDecoder(nobleCrypto);
    },
  },
  {
    name: 'mbus',
    title: 'wired M-Bus (EN 13757-2, -3)',
    takes: mbusFields.trim(),
    example: '{"id":1,"hex":"68151568080172170400262d3c03072a0000000413e25d0600b516"}',
    async open({ asSent }) {
      const { decodeMbusLine } = await import('@openami/wire/mbus');
      const state = (await meterModels()).lineState({ asSent });
      return { decode: (line) => decodeMbusLine(line, state) };
    },
  },
  {
    name: 'wmbus',
    title: 'wireless M-Bus (EN 13757-4, OMS)',
    takes: `${mbusFields.trim()} format tells whether block CRCs are in the hex: a, b or none.`,
    example:
      '{"id":1,"hex":"1e442d3c1704002603077a2a0010053c125dc9cc4fca57167ef7f5bdc6b284",' +
      '"key":"000102030405060708090a0b0c0d0e0f"}',
    async open({ asSent }) {
      const { decodeWmbusLine } = await import('@openami/wire/mbus');
      const state = (await meterModels()).lineState({ asSent });
      return { decode: (line) => decodeWmbusLine(line, state) };
    },
  },
  {
    name: 'sml',
    title: 'Smart Message Language, as optical ports send it',
    takes: '{"id","hex"}: any number of files, "ignoreCheck":true for damaged ones.',
    example:
      '{"id":1,"hex":"1b1b1b1b01010101760201620062007263070177010b0a014f414d0000bc614e0101717707' +
      '0100010800ff0101621e52ff65075bcd1501010163eeed000000001b1b1b1b1a034ec4"}',
    async open() {
      const { decodeSmlLine } = await import('@openami/wire/sml');
      return { decode: decodeSmlLine };
    },
  },
  {
    name: 'p1',
    title: 'customer port P1 (DSMR, e-MUCS, Luxembourg)',
    takes: '{"id","text" or "hex","key"?,"authenticationKey"?,"zone"?}, "ignoreCheck":true for altered ones.',
    example: '{"id":1,"text":"/OAM5SIM\\r\\n\\r\\n1-0:1.8.1(001234.567*kWh)\\r\\n!3F08\\r\\n"}',
    async open() {
      const { decodeP1Line } = await import('@openami/wire/p1');
      return { decode: decodeP1Line };
    },
  },
  {
    name: 'iec62056-21',
    title: 'IEC 62056-21: readouts, programming mode, load profiles',
    takes: '{"id","text" or "hex","zone"?}: messages of a sign-on in any order, or what a meter pushes.',
    example: '{"id":1,"text":"/OAM5SIM\\r\\n\\r\\n1.8.0(001234.567*kWh)\\r\\n!\\r\\n"}',
    async open() {
      const { decodeIec62056Line } = await import('@openami/wire/iec62056-21');
      return { decode: decodeIec62056Line };
    },
  },
  {
    name: 'c12',
    title: 'ANSI C12.18, C12.21 and C12.22, and C12.19 tables',
    takes:
      '{"id","hex","key"? or "keys"?,"root"?,"request"?}; or one table: {"id","hex","table","tables"?},\n' +
      'where tables are those it needs, in hex by number.',
    example: '{"id":1,"hex":"ee0000000001201310"}',
    async open() {
      const { decodeC12Line } = await import('@openami/wire/c12');
      return { decode: decodeC12Line };
    },
  },
  {
    name: 'lorawan',
    title: 'LoRaWAN frames, and messages of ChirpStack v4 and The Things Stack v3',
    takes:
      '{"id","hex","nwkSKey"?,"appSKey"?,"fCntMsb"?,…} is a PHYPayload; {"id","topic"?,"message"} what a\n' +
      'network server publishes.',
    example:
      '{"id":1,"hex":"40da1b0126800200017bcb460e6fcdb9ea8f",' +
      '"nwkSKey":"000102030405060708090a0b0c0d0e0f","appSKey":"101112131415161718191a1b1c1d1e1f"}',
    async open() {
      const { decodeLorawanLine } = await import('@openami/wire/lorawan');
      return { decode: decodeLorawanLine };
    },
  },
  {
    name: 'senml',
    title: 'SenML packs (RFC 8428), JSON or CBOR',
    takes: '{"id","text" or "hex","format"?}: format is json or cbor where it must not be guessed.',
    example:
      '{"id":1,"text":"[{\\"bn\\":\\"urn:dev:mac:0024befffe804ff1:\\",\\"bt\\":1.7e9,\\"n\\":\\"temp\\",' +
      '\\"u\\":\\"Cel\\",\\"v\\":21.5}]"}',
    async open() {
      const { decodeSenmlLine } = await import('@openami/wire/senml');
      return { decode: decodeSenmlLine };
    },
  },
  {
    name: 'lwm2m',
    title: 'payloads and registrations of LwM2M',
    takes:
      '{"id","format","path","hex" or "text"}: format is a number or a name (text, tlv, senmlCbor …);\n' +
      'or a registration: {"id","query","text"}.',
    example: '{"id":1,"format":"text","path":"/3303/0/5700","text":"21.5"}',
    async open() {
      const { decodeLwm2mLine } = await import('@openami/wire/lwm2m');
      return { decode: decodeLwm2mLine };
    },
  },
  {
    name: 'sparkplug',
    title: 'Sparkplug B; births are remembered for the lines after them',
    takes: '{"id","topic","hex"}: without a topic it is the birth of an edge node.',
    example:
      '{"id":1,"topic":"spBv1.0/G/NBIRTH/N","hex":' +
      '"08e089efb8d33312120a05566f6c7473200a690000000000d06c401800"}',
    async open() {
      const { SparkplugLineDecoder } = await import('@openami/wire/sparkplug');
      return new SparkplugLineDecoder();
    },
  },
  {
    name: 'json',
    title: 'JSON of other devices, by the ready-made mappings',
    takes:
      '{"id","topic","payload" or "hex","received"?,"mapping"?}: payload is JSON or text; received stands\n' +
      'in for times that are not in the message; mapping names the one to use.',
    example:
      '{"id":1,"topic":"tele/plug/SENSOR",' +
      '"payload":{"Time":"2026-07-04T11:00:00","ENERGY":{"Total":71.402}}}',
    async open() {
      const { ApartEvaluator, decodeMappedLine, defaultMappingLimits, libraryMappings, MappingRegistry } =
        await import('@openami/headend/mapping');
      const apart = new ApartEvaluator(defaultMappingLimits);
      const registry = new MappingRegistry();
      for (const mapping of libraryMappings({ apart })) registry.add(mapping);
      return {
        decode: (line) => decodeMappedLine(line, registry, Math.floor(Date.now() / 1_000)),
        close: () => apart.close(),
      };
    },
  },
];

async function meterModels() {
  const { loadMeterModels } = await import('@openami/headend');
  return loadMeterModels();
}
