/**
 * A caller that does not read its answer is dropped: nothing else ends such a connection, and each holds its
 * answer in memory. Time counts only while nothing moves, so a slow reader of a long answer is safe.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

const answerIdleMs = 120_000;

/** Bounds the answers of all routes. */
export function boundAnswers(app: FastifyInstance, idleMs = answerIdleMs): void {
  app.addHook('onSend', async (request) => {
    // Node sets its own limit again when the answer is out: until the next request, and none while that runs.
    const socket = request.raw.socket as Partial<Socket> | undefined;
    socket?.setTimeout?.(idleMs);
  });
}
