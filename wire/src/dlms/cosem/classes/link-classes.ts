/** Interface classes of the links of a meter: serial lines, networks, M-Bus. */
import { type Attribute, type ClassRow, capture, type Method } from './class-row.ts';

const mbusAttributes: readonly Attribute[] = [
  ['mbus_port_reference', 'octet-string', 'rw'],
  ['capture_definition', 'array', 'rw'],
  ['capture_period', 'double-long-unsigned', 'rw'],
  ['primary_address', 'unsigned', 'rw'],
  ['identification_number', 'double-long-unsigned', 'rw'],
  ['manufacturer_id', 'long-unsigned', 'rw'],
  ['version', 'unsigned', 'rw'],
  ['device_type', 'unsigned', 'rw'],
  ['access_number', 'unsigned', 'r'],
  ['status', 'unsigned', 'r'],
  ['alarm', 'unsigned', 'r'],
];

const mbusMethods: readonly Method[] = [
  ['slave_install', 'any'],
  ['slave_deinstall', 'integer'],
  capture,
  ['reset_alarm', 'integer'],
  ['synchronize_clock', 'integer'],
  ['data_send', 'array'],
  ['set_encryption_key', 'octet-string'],
  ['transfer_key', 'octet-string'],
];

export const linkClasses: readonly ClassRow[] = [
  {
    id: 23,
    version: 1,
    name: 'IEC HDLC setup',
    attributes: [
      ['comm_speed', 'enum', 'rw'],
      ['window_size_transmit', 'unsigned', 'rw'],
      ['window_size_receive', 'unsigned', 'rw'],
      ['max_info_field_length_transmit', 'long-unsigned', 'rw'],
      ['max_info_field_length_receive', 'long-unsigned', 'rw'],
      ['inter_octet_time_out', 'long-unsigned', 'rw'],
      ['inactivity_time_out', 'long-unsigned', 'rw'],
      ['device_address', 'long-unsigned', 'rw'],
    ],
  },
  {
    id: 41,
    version: 0,
    name: 'TCP-UDP setup',
    attributes: [
      ['tcp_udp_port', 'long-unsigned', 'rw'],
      ['ip_reference', 'octet-string', 'r'],
      ['mss', 'long-unsigned', 'rw'],
      ['nb_of_sim_conn', 'unsigned', 'rw'],
      ['inactivity_time_out', 'long-unsigned', 'rw'],
    ],
  },
  {
    id: 42,
    version: 0,
    name: 'IPv4 setup',
    attributes: [
      ['dl_reference', 'octet-string', 'r'],
      ['ip_address', 'double-long-unsigned', 'rw'],
      ['multicast_ip_address', 'array', 'rw'],
      ['ip_options', 'array', 'rw'],
      ['subnet_mask', 'double-long-unsigned', 'rw'],
      ['gateway_ip_address', 'double-long-unsigned', 'rw'],
      ['use_dhcp_flag', 'boolean', 'rw'],
      ['primary_dns_address', 'double-long-unsigned', 'rw'],
      ['secondary_dns_address', 'double-long-unsigned', 'rw'],
    ],
    methods: [
      ['add_mc_ip_address', 'double-long-unsigned'],
      ['delete_mc_ip_address', 'double-long-unsigned'],
      ['get_nbof_mc_ip_addresses', 'integer'],
    ],
  },
  { id: 72, version: 0, name: 'M-Bus client', attributes: mbusAttributes, methods: mbusMethods },
  {
    id: 72,
    version: 1,
    name: 'M-Bus client',
    attributes: [
      ...mbusAttributes,
      ['configuration', 'long-unsigned', 'r'],
      ['encryption_key_status', 'enum', 'r'],
    ],
    methods: mbusMethods,
  },
];
