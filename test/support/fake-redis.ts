import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** Greets like Redis, and then sends the same reply to every command, such as an error that is hard to get from a real Redis. */
export async function startFakeRedis() {
  const sockets = new Set<Socket>();
  const fake = { reply: '+OK' };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (data) => {
      const isGreeting = data.includes('hello');
      socket.write(isGreeting ? '%1\r\n$5\r\nproto\r\n:3\r\n' : `${fake.reply}\r\n`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return Object.assign(fake, {
    port,
    url: `redis://127.0.0.1:${port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}
