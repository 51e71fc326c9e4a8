/** Writers of answers, made when the first answer of a kind is sent: most of hundreds are never needed. */
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';

const build = SerializerSelector();

/** For `schemaController.compilersFactory.buildSerializer` of Fastify. */
export const lateSerializers: typeof build = (schemas, options) => {
  const compile = build(schemas, options);
  return (route) => {
    let write: ReturnType<typeof compile> | undefined;
    return (answer) => {
      write ??= compile(route);
      return write(answer);
    };
  };
};
