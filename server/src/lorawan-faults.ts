/** Faults of LoRaWAN requests, among `serverErrors`. */
export const lorawanFaults = {
  LORAWAN_MESSAGE: {
    fault: 'caller',
    status: 422,
    title: 'The body is no message of this network server',
    hint: 'Check which server sends to this address, and that its integration is set to JSON.',
  },
  LORAWAN_CODEC_UNKNOWN: {
    fault: 'caller',
    status: 422,
    title: 'There is no such codec',
    hint: 'List the codecs, or upload this one first.',
  },
  LORAWAN_DOWNLINK: {
    fault: 'caller',
    status: 422,
    title: 'The downlink cannot be sent as it is ordered',
    hint: 'Give bytes in hexadecimal or data for the codec, at most 242 bytes, on a port from 1 to 223.',
  },
  LORAWAN_DOWNLINK_STATE: {
    fault: 'caller',
    status: 409,
    title: 'The downlink cannot be taken back any more',
    hint: 'The network server has it: it goes out after the next uplink. Send another one that undoes it.',
  },
  LORAWAN_DOWNLINK_UNSAFE: {
    fault: 'caller',
    status: 403,
    title: 'The downlink may switch a supply: it is sent as a command, or not at all',
    hint: 'Order a command (kind downlink, connect or disconnect) for its meter, whose endpoint is lorawan.',
  },
  LORAWAN_NOT_HEARD: {
    fault: 'caller',
    status: 404,
    title: 'Nothing was heard of the device',
    hint: 'Check the DevEUI, and that its network server hands on what it sends.',
  },
  LORAWAN_CONTROL: {
    fault: 'caller',
    status: 403,
    title: 'What a codec declares of downlinks decides which need a second person',
    hint:
      'Let an administrator upload codecs with `control`, put others in their place, switch them on, and ' +
      'change who has one (permission commands:policy).',
  },
  LORAWAN_OTHER_SERVER: {
    fault: 'caller',
    status: 409,
    title: 'The device is known at another network server, application or tenant',
    hint:
      'Where it moved, say so at /api/v1/lorawan/devices/{devEui}/server (permission meters:write); else ' +
      'look who has the token that sends this.',
  },
  LORAWAN_TIME: {
    fault: 'caller',
    status: 422,
    title: 'The message says that it comes from the future, or from more than a month ago',
    hint: 'Set the clock of the network server, and that of this machine. The message is kept.',
  },
  LORAWAN_NO_WAY: {
    fault: 'caller',
    status: 409,
    title: 'There is no way to the network server of the device',
    hint: 'Let OPENAMI_LORAWAN_MQTT_URL name the broker of its network server: webhooks take no downlinks.',
  },
  LORAWAN_DOWNLINKS: {
    fault: 'caller',
    status: 409,
    title: 'Too many downlinks to the device are under way',
    hint: 'Wait until it sent something, or cancel those that are not needed any more.',
  },
  LORAWAN_NO_BROKER: {
    fault: 'caller',
    status: 409,
    title: 'No broker of a network server is configured',
    hint: 'Set OPENAMI_LORAWAN_MQTT_URL: downlinks are sent through it.',
  },
} as const;
