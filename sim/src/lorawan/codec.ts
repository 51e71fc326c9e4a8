/** The codec of the simulated water meter, as a maker would hand it out: data with its own examples. */

const script = `
function u16(bytes, at) { return bytes[at] * 256 + bytes[at + 1]; }

function decodeUplink(input) {
  var bytes = input.bytes;
  if (bytes.length < 6 || bytes.length % 2 !== 0) return { errors: ["length " + bytes.length] };
  var litres = u16(bytes, 2) * 65536 + u16(bytes, 4);
  var hourly = [];
  var registers = [litres];
  var known = true;
  for (var at = 6; at < bytes.length; at += 2) {
    var value = u16(bytes, at);
    if (value === 65535) known = false;
    hourly.push(value === 65535 ? null : value);
    // the register an hour before
    litres -= value;
    registers.push(known ? litres : null);
  }
  return {
    data: {
      valve: bytes[0] & 1 ? "closed" : "open",
      lowBattery: (bytes[0] & 2) !== 0,
      batteryV: bytes[1] / 10,
      hourly: hourly,
      registers: registers
    }
  };
}

function encodeDownlink(input) {
  var valve = input.data.valve;
  if (valve !== "open" && valve !== "closed") return { errors: ["valve is open or closed"] };
  return { bytes: [valve === "open" ? 1 : 0], fPort: 10 };
}
`;

/** To be uploaded as it is. Hourly litres are intervals, and what the register showed at each hour. */
export const waterMeterCodec = {
  id: 'openami/hydronorm',
  vendor: 'Hydronorm',
  models: ['HN-LoRa'],
  fPorts: [2],
  decoder: 'script',
  script: script.trim(),
  examples: [
    {
      fn: 'decodeUplink',
      input: { bytes: '0024000003e8000cffff0004', fPort: 2 },
      output: {
        data: {
          ...{ valve: 'open', lowBattery: false, batteryV: 3.6 },
          hourly: [12, null, 4],
          registers: [1_000, 988, null, null],
        },
      },
    },
    { fn: 'encodeDownlink', input: { data: { valve: 'closed' } }, output: { bytes: [0], fPort: 10 } },
  ],
  mapping: {
    series: [
      { value: 'hourly', quantity: '8-0:1.0.0', unit: 'L', intervalS: 3_600, alignS: 3_600 },
      { value: 'registers', quantity: '8-0:1.0.0', unit: 'L', stepS: 3_600, alignS: 3_600 },
    ],
  },
  control: {
    connect: { fPort: 10, data: { valve: 'open' } },
    disconnect: { fPort: 10, data: { valve: 'closed' } },
    state: { value: 'valve', connected: 'open', disconnected: 'closed' },
  },
} as const;
