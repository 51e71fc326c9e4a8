/** Interface classes of access and management: associations, keys, firmware, pushes. */
import { type Attribute, type ClassRow, type Method, reset } from './class-row.ts';

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

const securityAttributes: readonly Attribute[] = [
  ['security_policy', 'enum', 'r'],
  ['security_suite', 'enum', 'rw'],
  ['client_system_title', 'octet-string', 'r'],
  ['server_system_title', 'octet-string', 'r'],
];

export const accessClasses: readonly ClassRow[] = [
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
];
