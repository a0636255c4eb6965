/**
 * A small HTTP proxy on the loopback interface that lets through whoever knows its password, and
 * remembers what it was asked for.
 */
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';

export interface Proxy extends AsyncDisposable {
  /** Without user name and password. */
  readonly host: string;
  /**
   * `CONNECT host:port`, or method and address, of every request; a refused one has `refused`
   * before it.
   */
  readonly seen: readonly string[];
}

/** @param user `name:password` that opens it */
export async function startProxy(user: string): Promise<Proxy> {
  const expected = `Basic ${Buffer.from(user).toString('base64')}`;
  const seen: string[] = [];
  const open = new Set<net.Socket>();
  const admits = (request: http.IncomingMessage): boolean => {
    const admitted = request.headers['proxy-authorization'] === expected;
    seen.push(`${admitted ? '' : 'refused '}${request.method} ${request.url}`);
    return admitted;
  };
  const server = http.createServer((request, response) => {
    if (!admits(request)) return void response.writeHead(407).end('Who are you?');
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const onward = http.request(request.url!, { method: request.method!, headers }, (reply) => {
      response.writeHead(reply.statusCode!, reply.headers);
      reply.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
  server.on('connect', (request, socket) => {
    if (!admits(request))
      return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const { hostname, port } = new URL(`http://${request.url}`);
    const onward = net.connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(socket);
      socket.pipe(onward);
    });
    open.add(onward);
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    socket.on('close', () => onward.destroy());
  });
  server.on('connection', (socket) => open.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
