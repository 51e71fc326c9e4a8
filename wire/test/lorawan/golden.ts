/** Messages as network servers send them, of devices that do not exist. */
const chirpstackDevice = {
  tenantId: 'b1c0',
  tenantName: 'Town works',
  applicationId: '7d2e',
  applicationName: 'Water',
  deviceProfileId: 'p1',
  deviceProfileName: 'Acme water',
  deviceName: 'Meter 12',
  devEui: '70B3D5000000A1B2',
  tags: { site: 'north' },
};

export const chirpstackUp = {
  deduplicationId: '0f9c7a54-0000-4000-8000-000000000001',
  time: '2026-03-01T12:00:00.123456789+00:00',
  deviceInfo: chirpstackDevice,
  devAddr: '01AB23CD',
  adr: true,
  dr: 5,
  fCnt: 1042,
  fPort: 100,
  confirmed: true,
  data: 'AP8Q',
  object: { volume: 1.5 },
  rxInfo: [
    {
      gatewayId: '00800000A0001234',
      gwTime: '2026-03-01T11:59:59.9+00:00',
      rssi: -101,
      snr: -7.25,
      channel: 3,
    },
    {
      gatewayId: '00800000a0005678',
      nsTime: '2026-03-01T12:00:00Z',
      gwTime: '2026-03-01T13:00:00.1+01:00',
      timeSinceGpsEpoch: '1456401617.100s',
      rssi: -88,
    },
  ],
  txInfo: {
    frequency: 868_300_000,
    modulation: { lora: { bandwidth: 125_000, spreadingFactor: 7, codeRate: 'CR_4_5' } },
  },
};

const thingsIds = {
  device_id: 'meter-12',
  application_ids: { application_id: 'water' },
  dev_eui: '70B3D5000000A1B2',
  join_eui: '70B3D50000000001',
  dev_addr: '260B1234',
};

export const thingsUp = {
  end_device_ids: thingsIds,
  correlation_ids: ['gs:uplink:01X', 'as:up:01Y'],
  received_at: '2026-03-01T12:00:00.500Z',
  uplink_message: {
    session_key_id: 'AX==',
    f_port: 2,
    f_cnt: 77,
    frm_payload: 'AP8Q',
    confirmed: true,
    version_ids: { brand_id: 'acme', model_id: 'water' },
    network_ids: { net_id: '000013', tenant_id: 'ttn' },
    rx_metadata: [
      {
        gateway_ids: { gateway_id: 'roof', eui: '00800000A0001234' },
        time: '2026-03-01T11:59:59Z',
        gps_time: '2026-03-01T11:59:59.250Z',
        rssi: -90,
        snr: 3.2,
        channel_index: 5,
      },
      { gateway_ids: { gateway_id: 'packetbroker' }, rssi: -120 },
    ],
    settings: {
      data_rate: { lora: { bandwidth: 125_000, spreading_factor: 9, coding_rate: '4/5' } },
      frequency: '867100000',
    },
    received_at: '2026-03-01T12:00:00.300Z',
  },
};

const chirpstackBase = { deduplicationId: 'd', time: '2026-03-01T12:00:00Z', deviceInfo: chirpstackDevice };

export const chirpstackOthers = {
  join: { ...chirpstackBase, devAddr: '01ab23cd' },
  status: { ...chirpstackBase, margin: -3, batteryLevel: 71.5 },
  'status on mains': { ...chirpstackBase, margin: 4, externalPowerSource: true },
  ack: { ...chirpstackBase, queueItemId: 'q1', acknowledged: true, fCntDown: 3 },
  nack: { ...chirpstackBase, queueItemId: 'q1', fCntDown: 3 },
  txack: { ...chirpstackBase, downlinkId: 9, queueItemId: 'q1', fCntDown: 3, gatewayId: '00800000A0001234' },
  log: {
    ...chirpstackBase,
    level: 'WARNING',
    code: 'UPLINK_F_CNT_RESET',
    description: 'x',
    context: { a: 'b' },
  },
  location: {
    ...chirpstackBase,
    location: { latitude: 48.1, longitude: 11.5, altitude: 520, source: 'GPS' },
  },
  integration: { ...chirpstackBase, integrationName: 'loracloud', eventType: 'e', object: { a: 1 } },
};

const things = {
  end_device_ids: thingsIds,
  correlation_ids: ['as:downlink:1'],
  received_at: '2026-03-01T12:00:00Z',
};
const downlink = { f_port: 5, f_cnt: 8, frm_payload: 'AQI=', confirmed: true, correlation_ids: ['mine'] };

export const thingsOthers = {
  join: { ...things, join_accept: { session_key_id: 'AX==', received_at: '2026-03-01T11:59:59Z' } },
  queued: { ...things, downlink_queued: downlink },
  sent: { ...things, downlink_sent: downlink },
  acked: { ...things, downlink_ack: downlink },
  nacked: { ...things, downlink_nack: downlink },
  failed: {
    ...things,
    downlink_failed: { downlink, error: { name: 'too_long', message_format: 'payload is too long' } },
  },
  location: { ...things, location_solved: { service: 'lbs', location: { latitude: 1.5, longitude: -2.5 } } },
  service: { ...things, service_data: { service: 'das', data: { x: 1 } } },
};
