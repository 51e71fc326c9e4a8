/**
 * A mapping: how the messages of a kind of device become readings, as data. Written as YAML or JSON;
 * expressions are JSONata. docs/guides/json-mappings.md says how to write one.
 */
import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false } as const;
/** A JSONata expression on the message, or on the item of `each`. */
const Expression = Type.String({ minLength: 1, maxLength: 10_000 });
const Name = Type.String({ minLength: 1, maxLength: 128 });
/** A text as it is, or an expression that gives it. */
const Word = Type.Union([Name, Type.Object({ expr: Expression }, strict)]);

/** How a time is written; `auto` tells numbers and ISO texts apart. */
export const timeForms = ['auto', 's', 'ms', 'us', 'iso', 'local', 'p1'] as const;

const TimeRule = Type.Union([
  Expression,
  Type.Object(
    {
      value: Expression,
      as: Type.Optional(Type.Unsafe<(typeof timeForms)[number]>({ type: 'string', enum: [...timeForms] })),
      /** IANA zone of texts without an offset; default that of the head-end. */
      zone: Type.Optional(Name),
    },
    strict,
  ),
]);

const Series = Type.Object(
  {
    /** OBIS code, CIM reading type or alias of the channel. */
    quantity: Word,
    unit: Word,
    /** A number, a text that is one, or an array of them for a history. Nothing: the series is left out. */
    value: Expression,
    /** Seconds between interval ends; absent for registers and momentary values. */
    interval: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_622_400 })),
    /** Of each value of a history (an array as long as `value`), or the end of its first or newest value. */
    time: Type.Optional(TimeRule),
    /** Of a history with an `interval` and one time; with `newest-first` the time is that of the newest. */
    order: Type.Optional(
      Type.Unsafe<'oldest-first' | 'newest-first'>({
        type: 'string',
        enum: ['oldest-first', 'newest-first'],
      }),
    ),
    quality: Type.Optional(Word),
    when: Type.Optional(Expression),
  },
  strict,
);

const Event = Type.Object(
  {
    /** CIM end-device event `type.domain.subdomain.action`. */
    code: Word,
    /** The event is told of where this holds. */
    when: Expression,
    time: Type.Optional(TimeRule),
    detail: Type.Optional(Expression),
  },
  strict,
);

const MappingParameter = Type.Object(
  {
    default: Type.Union([Type.Number(), Type.String({ maxLength: 256 }), Type.Boolean()]),
    description: Type.Optional(Type.String({ maxLength: 500 })),
  },
  strict,
);
type MappingParameter = Static<typeof MappingParameter>;

/** A message as it is expected: the form of a push message, times as ISO texts. */
const ExpectedMessage = Type.Object(
  {
    meter: Name,
    sent: Type.Optional(Type.String()),
    series: Type.Optional(Type.Array(Type.Unknown())),
    events: Type.Optional(Type.Array(Type.Unknown())),
    rejects: Type.Optional(Type.Array(Type.Unknown())),
  },
  strict,
);

const Example = Type.Object(
  {
    title: Type.Optional(Type.String({ maxLength: 200 })),
    topic: Type.Optional(Type.String({ maxLength: 512 })),
    /** The message as JSON, or its text. */
    payload: Type.Unknown(),
    receivedAt: Type.String({ maxLength: 40 }),
    /** The zone of the head-end in this example; default UTC. */
    zone: Type.Optional(Name),
    /** Other values of parameters in this example. */
    parameters: Type.Optional(
      Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object', maxProperties: 32 }),
    ),
    /** null: the message is not for this mapping. */
    expect: Type.Union([Type.Array(ExpectedMessage), Type.Null()]),
  },
  strict,
);

export const MappingFile = Type.Object(
  {
    /** Version of this form. */
    version: Type.Literal(1),
    id: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 }),
    title: Type.String({ minLength: 1, maxLength: 200 }),
    description: Type.Optional(Type.String({ maxLength: 2_000 })),
    /** Where the device's messages are documented. */
    documentation: Type.Optional(Type.Array(Type.String({ maxLength: 300 }), { maxItems: 10 })),
    /** MQTT topic filters; `{name}` is one level, which expressions see as `$name`. */
    topics: Type.Optional(Type.Array(Type.String({ maxLength: 256 }), { maxItems: 32 })),
    /** Messages may be posted over HTTP, naming this mapping. */
    http: Type.Optional(Type.Boolean()),
    /** `json` (default), or `text`: the message as one text. */
    payload: Type.Optional(Type.Unsafe<'json' | 'text'>({ type: 'string', enum: ['json', 'text'] })),
    /**
     * What differs from place to place, such as a factor, as values that expressions see as `$name`; whoever
     * runs the mapping may set others.
     */
    parameters: Type.Optional(
      Type.Unsafe<Readonly<Record<string, MappingParameter>>>({
        type: 'object',
        maxProperties: 32,
        propertyNames: { pattern: '^[a-z][a-zA-Z0-9]{0,30}$' },
        additionalProperties: MappingParameter,
      }),
    ),
    /** Texts that stand for no value, such as `unavailable`; case does not matter. */
    ignore: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 32 })),
    /** Messages for which this does not hold are left to other mappings. */
    when: Type.Optional(Expression),
    /**
     * The parts of a message that each speak of one meter; `$message` is the whole. A message for which it
     * gives nothing is left to other mappings.
     */
    each: Type.Optional(Expression),
    /** Name of the meter; default the topic level `{device}`. */
    device: Type.Optional(Expression),
    /** When it was measured; default, and where it gives nothing: when it was received. */
    time: Type.Optional(TimeRule),
    /** The clock of the device when it sent, to find clocks that are off. */
    sent: Type.Optional(TimeRule),
    series: Type.Array(Series, { maxItems: 200 }),
    events: Type.Optional(Type.Array(Event, { maxItems: 50 })),
    examples: Type.Array(Example, { minItems: 1, maxItems: 100 }),
  },
  strict,
);
export type MappingFile = Static<typeof MappingFile>;
export type SeriesRule = Static<typeof Series>;
export type EventRule = Static<typeof Event>;
export type TimeRule = Static<typeof TimeRule>;
export type WordRule = Static<typeof Word>;
export type MappingExample = Static<typeof Example>;
