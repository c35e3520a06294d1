// http-proxy-middleware 3 (its next major needs Node 22) on Express, with keep-alive, which is not its default.
import { Agent } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';

const { PORT, UPSTREAM } = process.env;
const agent = new Agent({ keepAlive: true, maxSockets: 32 });
express()
  .use(createProxyMiddleware({ target: UPSTREAM, agent }))
  .listen(Number(PORT), '127.0.0.1');
