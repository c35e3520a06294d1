// @fastify/http-proxy as in its README: forwards everything, checks no token, caches nothing.
import proxy from '@fastify/http-proxy';
import Fastify from 'fastify';

const { PORT, UPSTREAM } = process.env;
const app = Fastify();
await app.register(proxy, { upstream: UPSTREAM });
await app.listen({ port: Number(PORT), host: '127.0.0.1' });
