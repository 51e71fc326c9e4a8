/**
 * COSEM interface classes (IEC 62056-6-2, Blue Book clause 4) as data: attributes from index 2 (1 is always
 * the logical name) and methods from index 1, by class and version.
 */
// data table
import type { DataType } from '../value.ts';

/** What an attribute or a method's parameter holds; `any` where the standard leaves it to the object. */
export type CosemType = DataType | 'any';

/** What a client with the rights of a utility usually may: an association can allow less. */
export type Access = 'r' | 'rw' | 'w';

type Attribute = readonly [name: string, type: CosemType, access: Access];
type Method = readonly [name: string, parameter: CosemType];

interface ClassRow {
  readonly id: number;
  readonly version: number;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly methods?: readonly Method[];
}

const scalerUnit: Attribute = ['scaler_unit', 'structure', 'r'];
const reset: Method = ['reset', 'integer'];
const capture: Method = ['capture', 'integer'];

const associationAttributes: readonly Attribute[] = [
  ['object_list', 'array', 'r'],
  ['associated_partners_id', 'structure', 'r'],
  ['application_context_name', 'any', 'r'],
  ['xdlms_context_info', 'structure', 'r'],
  ['authentication_mechanism_name', 'any', 'r'],
  ['secret', 'octet-string', 'rw'],
  ['association_status', 'enum', 'r'],
];
const associationMethods: readonly Method[] = [
  ['reply_to_hls_authentication', 'octet-string'],
  ['change_hls_secret', 'octet-string'],
  ['add_object', 'structure'],
  ['remove_object', 'structure'],
];
const securitySetupReference: Attribute = ['security_setup_reference', 'octet-string', 'r'];
const associationUsers: readonly Attribute[] = [
  ['user_list', 'array', 'rw'],
  ['current_user', 'structure', 'r'],
];
const associationUserMethods: readonly Method[] = [
  ['add_user', 'structure'],
  ['remove_user', 'structure'],
];

const profileAttributes: readonly Attribute[] = [
  ['buffer', 'any', 'r'],
  ['capture_objects', 'array', 'rw'],
  ['capture_period', 'double-long-unsigned', 'rw'],
  ['sort_method', 'enum', 'r'],
  ['sort_object', 'structure', 'r'],
  ['entries_in_use', 'double-long-unsigned', 'r'],
  ['profile_entries', 'double-long-unsigned', 'rw'],
];

const pushAttributes: readonly Attribute[] = [
  ['push_object_list', 'array', 'rw'],
  ['send_destination_and_method', 'structure', 'rw'],
  ['communication_window', 'array', 'rw'],
  ['randomisation_start_interval', 'long-unsigned', 'rw'],
  ['number_of_retries', 'unsigned', 'rw'],
];
const pushProtection: readonly Attribute[] = [
  ['port_reference', 'octet-string', 'rw'],
  ['push_client_sap', 'integer', 'rw'],
  ['push_protection_parameters', 'array', 'rw'],
];

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
  ['capture', 'integer'],
  ['reset_alarm', 'integer'],
  ['synchronize_clock', 'integer'],
  ['data_send', 'array'],
  ['set_encryption_key', 'octet-string'],
  ['transfer_key', 'octet-string'],
];

const securityAttributes: readonly Attribute[] = [
  ['security_policy', 'enum', 'r'],
  ['security_suite', 'enum', 'rw'],
  ['client_system_title', 'octet-string', 'r'],
  ['server_system_title', 'octet-string', 'r'],
];

/** One row a class and version; versions of a class in order. 114 is not used by the standard. */
export const interfaceClasses: readonly ClassRow[] = [
  { id: 1, version: 0, name: 'data', attributes: [['value', 'any', 'rw']] },
  { id: 3, version: 0, name: 'register', attributes: [['value', 'any', 'rw'], scalerUnit], methods: [reset] },
  {
    id: 4,
    version: 0,
    name: 'extended register',
    attributes: [
      ['value', 'any', 'rw'],
      scalerUnit,
      ['status', 'any', 'r'],
      ['capture_time', 'octet-string', 'r'],
    ],
    methods: [reset],
  },
  {
    id: 5,
    version: 0,
    name: 'demand register',
    attributes: [
      ['current_average_value', 'any', 'r'],
      ['last_average_value', 'any', 'r'],
      scalerUnit,
      ['status', 'any', 'r'],
      ['capture_time', 'octet-string', 'r'],
      ['start_time_current', 'octet-string', 'r'],
      ['period', 'double-long-unsigned', 'rw'],
      ['number_of_periods', 'long-unsigned', 'rw'],
    ],
    methods: [reset, ['next_period', 'integer']],
  },
  {
    id: 6,
    version: 0,
    name: 'register activation',
    attributes: [
      ['register_assignment', 'array', 'rw'],
      ['mask_list', 'array', 'rw'],
      ['active_mask', 'octet-string', 'rw'],
    ],
    methods: [
      ['add_register', 'structure'],
      ['add_mask', 'structure'],
      ['delete_mask', 'octet-string'],
    ],
  },
  {
    id: 7,
    version: 0,
    name: 'profile generic',
    attributes: profileAttributes,
    methods: [reset, capture, ['get_buffer_by_range', 'structure'], ['get_buffer_by_index', 'structure']],
  },
  { id: 7, version: 1, name: 'profile generic', attributes: profileAttributes, methods: [reset, capture] },
  {
    id: 8,
    version: 0,
    name: 'clock',
    attributes: [
      ['time', 'octet-string', 'rw'],
      ['time_zone', 'long', 'rw'],
      ['status', 'unsigned', 'r'],
      ['daylight_savings_begin', 'octet-string', 'rw'],
      ['daylight_savings_end', 'octet-string', 'rw'],
      ['daylight_savings_deviation', 'integer', 'rw'],
      ['daylight_savings_enabled', 'boolean', 'rw'],
      ['clock_base', 'enum', 'r'],
    ],
    methods: [
      ['adjust_to_quarter', 'integer'],
      ['adjust_to_measuring_period', 'integer'],
      ['adjust_to_minute', 'integer'],
      ['adjust_to_preset_time', 'integer'],
      ['preset_adjusting_time', 'structure'],
      ['shift_time', 'long'],
    ],
  },
  {
    id: 9,
    version: 0,
    name: 'script table',
    attributes: [['scripts', 'array', 'rw']],
    methods: [['execute', 'long-unsigned']],
  },
  {
    id: 11,
    version: 0,
    name: 'special days table',
    attributes: [['entries', 'array', 'rw']],
    methods: [
      ['insert', 'structure'],
      ['delete', 'long-unsigned'],
    ],
  },
  {
    id: 15,
    version: 0,
    name: 'association LN',
    attributes: associationAttributes,
    methods: associationMethods,
  },
  {
    id: 15,
    version: 1,
    name: 'association LN',
    attributes: [...associationAttributes, securitySetupReference],
    methods: associationMethods,
  },
  {
    id: 15,
    version: 2,
    name: 'association LN',
    attributes: [...associationAttributes, securitySetupReference, ...associationUsers],
    methods: [...associationMethods, ...associationUserMethods],
  },
  {
    id: 15,
    version: 3,
    name: 'association LN',
    attributes: [...associationAttributes, securitySetupReference, ...associationUsers],
    methods: [...associationMethods, ...associationUserMethods],
  },
  {
    id: 17,
    version: 0,
    name: 'SAP assignment',
    attributes: [['sap_assignment_list', 'array', 'r']],
    methods: [['connect_logical_device', 'structure']],
  },
  {
    id: 18,
    version: 0,
    name: 'image transfer',
    attributes: [
      ['image_block_size', 'double-long-unsigned', 'r'],
      ['image_transferred_blocks_status', 'bit-string', 'r'],
      ['image_first_not_transferred_block_number', 'double-long-unsigned', 'r'],
      ['image_transfer_enabled', 'boolean', 'rw'],
      ['image_transfer_status', 'enum', 'r'],
      ['image_to_activate_info', 'array', 'r'],
    ],
    methods: [
      ['image_transfer_initiate', 'structure'],
      ['image_block_transfer', 'structure'],
      ['image_verify', 'integer'],
      ['image_activate', 'integer'],
    ],
  },
  {
    id: 20,
    version: 0,
    name: 'activity calendar',
    attributes: [
      ['calendar_name_active', 'octet-string', 'r'],
      ['season_profile_active', 'array', 'r'],
      ['week_profile_table_active', 'array', 'r'],
      ['day_profile_table_active', 'array', 'r'],
      ['calendar_name_passive', 'octet-string', 'rw'],
      ['season_profile_passive', 'array', 'rw'],
      ['week_profile_table_passive', 'array', 'rw'],
      ['day_profile_table_passive', 'array', 'rw'],
      ['activate_passive_calendar_time', 'octet-string', 'rw'],
    ],
    methods: [['activate_passive_calendar', 'integer']],
  },
  {
    id: 21,
    version: 0,
    name: 'register monitor',
    attributes: [
      ['thresholds', 'array', 'rw'],
      ['monitored_value', 'structure', 'rw'],
      ['actions', 'array', 'rw'],
    ],
  },
  {
    id: 22,
    version: 0,
    name: 'single action schedule',
    attributes: [
      ['executed_script', 'structure', 'rw'],
      ['type', 'enum', 'rw'],
      ['execution_time', 'array', 'rw'],
    ],
  },
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
    id: 40,
    version: 0,
    name: 'push setup',
    attributes: [...pushAttributes, ['repetition_delay', 'long-unsigned', 'rw']],
    methods: [['push', 'integer']],
  },
  {
    id: 40,
    version: 1,
    name: 'push setup',
    attributes: [...pushAttributes, ['repetition_delay', 'long-unsigned', 'rw'], ...pushProtection],
    methods: [['push', 'integer']],
  },
  {
    id: 40,
    version: 2,
    name: 'push setup',
    attributes: [
      ...pushAttributes,
      ['repetition_delay', 'structure', 'rw'],
      ...pushProtection,
      ['push_operation_method', 'enum', 'rw'],
      ['confirmation_parameters', 'structure', 'rw'],
      ['last_confirmation_date_time', 'any', 'r'],
    ],
    methods: [['push', 'integer'], reset],
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
  {
    id: 61,
    version: 0,
    name: 'register table',
    attributes: [['table_cell_values', 'any', 'r'], ['table_cell_definition', 'structure', 'rw'], scalerUnit],
    methods: [reset, capture],
  },
  {
    id: 62,
    version: 0,
    name: 'compact data',
    attributes: [
      ['compact_buffer', 'octet-string', 'r'],
      ['capture_objects', 'array', 'rw'],
      ['template_id', 'unsigned', 'rw'],
      ['template_description', 'octet-string', 'r'],
      ['capture_method', 'enum', 'rw'],
    ],
    methods: [reset, capture],
  },
  {
    id: 62,
    version: 1,
    name: 'compact data',
    attributes: [
      ['compact_buffer', 'octet-string', 'r'],
      ['capture_objects', 'array', 'rw'],
      ['template_id', 'unsigned', 'rw'],
      ['template_description', 'octet-string', 'r'],
      ['capture_method', 'enum', 'rw'],
    ],
    methods: [reset, capture],
  },
  {
    id: 64,
    version: 0,
    name: 'security setup',
    attributes: securityAttributes,
    methods: [
      ['security_activate', 'enum'],
      ['global_key_transfer', 'array'],
    ],
  },
  {
    id: 64,
    version: 1,
    name: 'security setup',
    attributes: [...securityAttributes, ['certificates', 'array', 'r']],
    methods: [
      ['security_activate', 'enum'],
      ['key_transfer', 'array'],
      ['key_agreement', 'array'],
      ['generate_key_pair', 'enum'],
      ['generate_certificate_request', 'enum'],
      ['import_certificate', 'octet-string'],
      ['export_certificate', 'structure'],
      ['remove_certificate', 'structure'],
    ],
  },
  {
    id: 68,
    version: 0,
    name: 'arbitrator',
    attributes: [
      ['actions', 'array', 'rw'],
      ['permissions_table', 'array', 'rw'],
      ['weightings_table', 'array', 'rw'],
      ['most_recent_requests_table', 'array', 'r'],
      ['last_outcome', 'unsigned', 'r'],
    ],
    methods: [['request_action', 'structure'], reset],
  },
  {
    id: 70,
    version: 0,
    name: 'disconnect control',
    attributes: [
      ['output_state', 'boolean', 'r'],
      ['control_state', 'enum', 'r'],
      ['control_mode', 'enum', 'rw'],
    ],
    methods: [
      ['remote_disconnect', 'integer'],
      ['remote_reconnect', 'integer'],
    ],
  },
  {
    id: 71,
    version: 0,
    name: 'limiter',
    attributes: [
      ['monitored_value', 'structure', 'rw'],
      ['threshold_active', 'any', 'r'],
      ['threshold_normal', 'any', 'rw'],
      ['threshold_emergency', 'any', 'rw'],
      ['min_over_threshold_duration', 'double-long-unsigned', 'rw'],
      ['min_under_threshold_duration', 'double-long-unsigned', 'rw'],
      ['emergency_profile', 'structure', 'rw'],
      ['emergency_profile_group_id_list', 'array', 'rw'],
      ['emergency_profile_active', 'boolean', 'r'],
      ['actions', 'structure', 'rw'],
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
  {
    id: 111,
    version: 0,
    name: 'account',
    attributes: [
      ['account_mode_and_status', 'structure', 'r'],
      ['current_credit_in_use', 'unsigned', 'r'],
      ['current_credit_status', 'bit-string', 'r'],
      ['available_credit', 'double-long', 'r'],
      ['amount_to_clear', 'double-long', 'r'],
      ['clearance_threshold', 'double-long', 'rw'],
      ['aggregated_debt', 'double-long', 'r'],
      ['credit_reference_list', 'array', 'rw'],
      ['charge_reference_list', 'array', 'rw'],
      ['credit_charge_configuration', 'array', 'rw'],
      ['token_gateway_configuration', 'array', 'rw'],
      ['account_activation_time', 'octet-string', 'rw'],
      ['account_closure_time', 'octet-string', 'rw'],
      ['currency', 'structure', 'rw'],
      ['low_credit_threshold', 'double-long', 'rw'],
      ['next_credit_available_threshold', 'double-long', 'r'],
      ['max_provision', 'long-unsigned', 'rw'],
      ['max_provision_period', 'double-long', 'rw'],
    ],
    methods: [
      ['activate_account', 'integer'],
      ['close_account', 'integer'],
      ['reset_account', 'integer'],
    ],
  },
  {
    id: 112,
    version: 0,
    name: 'credit',
    attributes: [
      ['current_credit_amount', 'double-long', 'r'],
      ['credit_type', 'enum', 'rw'],
      ['priority', 'unsigned', 'rw'],
      ['warning_threshold', 'double-long', 'rw'],
      ['limit', 'double-long', 'rw'],
      ['credit_configuration', 'bit-string', 'rw'],
      ['credit_status', 'enum', 'r'],
      ['preset_credit_amount', 'double-long', 'rw'],
      ['credit_available_threshold', 'double-long', 'rw'],
      ['period', 'octet-string', 'rw'],
    ],
    methods: [
      ['update_amount', 'double-long'],
      ['set_amount_to_value', 'double-long'],
      ['invoke_credit', 'integer'],
    ],
  },
  {
    id: 113,
    version: 0,
    name: 'charge',
    attributes: [
      ['total_amount_paid', 'double-long', 'r'],
      ['charge_type', 'enum', 'rw'],
      ['priority', 'unsigned', 'rw'],
      ['unit_charge_active', 'structure', 'r'],
      ['unit_charge_passive', 'structure', 'rw'],
      ['unit_charge_activation_time', 'octet-string', 'rw'],
      ['period', 'double-long-unsigned', 'rw'],
      ['charge_configuration', 'bit-string', 'rw'],
      ['last_collection_time', 'any', 'r'],
      ['last_collection_amount', 'double-long', 'r'],
      ['total_amount_remaining', 'double-long', 'r'],
      ['proportion', 'long-unsigned', 'rw'],
    ],
    methods: [
      ['update_unit_charge', 'any'],
      ['activate_passive_unit_charge', 'integer'],
      ['collect', 'integer'],
      ['update_total_amount_remaining', 'double-long'],
      ['set_total_amount_remaining', 'double-long'],
    ],
  },
  {
    id: 115,
    version: 0,
    name: 'token gateway',
    attributes: [
      ['token', 'octet-string', 'r'],
      ['token_time', 'octet-string', 'r'],
      ['token_description', 'array', 'r'],
      ['token_delivery_method', 'enum', 'r'],
      ['token_status', 'structure', 'r'],
    ],
    methods: [['enter', 'octet-string']],
  },
];
