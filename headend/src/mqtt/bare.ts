/** A broker that acknowledges at once and stores nothing: the ceiling the benchmark compares with. */
import { createServer, type Socket } from 'node:net';
import { Aedes } from 'aedes';

export interface BareBroker {
  readonly url: string;
  close(): Promise<void>;
}

/** Listens on a free port of this machine; takes anybody. */
export async function startBareBroker(): Promise<BareBroker> {
  const broker = await Aedes.createBroker({ queueLimit: 1_000 });
  const server = createServer((socket: Socket) => {
    socket.setNoDelay(true);
    broker.handle(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  const close = async () => {
    const closed = new Promise((done) => server.close(done));
    await new Promise<void>((done) => broker.close(done));
    await closed;
  };
  return { url: `mqtt://127.0.0.1:${port}`, close };
}
