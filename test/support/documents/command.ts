/**
 * Hands a command over to the tests, which run it, and says what it said: `node command.ts SOCKET
 * [argument…]`.
 */
import { connect } from 'node:net';
import type { CommandResult } from '../command-client.ts';

const [socket, ...args] = process.argv.slice(2);
const connection = connect({ path: socket!, allowHalfOpen: true });
connection.end(JSON.stringify({ args, cwd: process.cwd(), env: process.env }));
const chunks: Buffer[] = [];
for await (const chunk of connection) chunks.push(chunk as Buffer);
const result = JSON.parse(Buffer.concat(chunks).toString()) as CommandResult;
// Whoever reads the output may stop reading (`| head`).
process.stdout.on('error', () => {});
process.stderr.write(result.stderr);
process.stdout.write(result.stdout);
process.exitCode = result.code;
