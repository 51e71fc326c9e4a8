/** Interface classes of measured values and what keeps them. */
import { type Attribute, type ClassRow, capture, reset, scalerUnit } from './class-row.ts';

const profileAttributes: readonly Attribute[] = [
  ['buffer', 'any', 'r'],
  ['capture_objects', 'array', 'rw'],
  ['capture_period', 'double-long-unsigned', 'rw'],
  ['sort_method', 'enum', 'r'],
  ['sort_object', 'structure', 'r'],
  ['entries_in_use', 'double-long-unsigned', 'r'],
  ['profile_entries', 'double-long-unsigned', 'rw'],
];

const compactAttributes: readonly Attribute[] = [
  ['compact_buffer', 'octet-string', 'r'],
  ['capture_objects', 'array', 'rw'],
  ['template_id', 'unsigned', 'rw'],
  ['template_description', 'octet-string', 'r'],
  ['capture_method', 'enum', 'rw'],
];

export const measurementClasses: readonly ClassRow[] = [
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
    id: 61,
    version: 0,
    name: 'register table',
    attributes: [['table_cell_values', 'any', 'r'], ['table_cell_definition', 'structure', 'rw'], scalerUnit],
    methods: [reset, capture],
  },
  { id: 62, version: 0, name: 'compact data', attributes: compactAttributes, methods: [reset, capture] },
  { id: 62, version: 1, name: 'compact data', attributes: compactAttributes, methods: [reset, capture] },
];
