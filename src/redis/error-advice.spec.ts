import { describe, expect, it } from '@jest/globals';
import { explain, isConnectionLoss, isOutage } from './error-advice.js';

describe('the advice on an error from Redis', () => {
  it.each([
    // The original messages of ioredis, Node and OpenSSL, and what is logged.
    [
      'Unknown RESP type 72 "H". Please report this.',
      'Unknown RESP type 72 "H": the server is not a Redis: check the port in REDIS_URL',
    ],
    [
      '80CCEB56887F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/record.c:350:\n',
      'wrong version number: this port does not speak TLS: use redis://',
    ],
    [
      "Hostname/IP does not match certificate's altnames: Host: localhost. is not in the cert's altnames: DNS:redis",
      /altnames: DNS:redis: its certificate is for another host name: use that one in REDIS_URL$/,
    ],
    ['certificate has expired', /: its certificate is not trusted: see NODE_EXTRA_CA_CERTS$/],
    [
      'C0:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../ssl/rec_layer_s3.c:1605:SSL alert number 116\n',
      /: this Redis requires client certificates: set tls-auth-clients no$/,
    ],
    [
      'All sentinels are unreachable. Retrying from scratch after 10ms. Last error: ERR No such master with that name',
      'no sentinel names the master: ERR No such master with that name: the sentinels do not know the master name in REDIS_URL',
    ],
    [
      "Socket timeout. Expecting data, but didn't receive any in 2000ms.",
      /^no answer for 2000 ms: if it never answered/,
    ],
    [
      'MISCONF Errors writing to the AOF file: No space left on device script: 872bc6701b4ac00ebb820e81652ffe2b4bc16f1b, on @user_script:1.',
      'MISCONF Errors writing to the AOF file: No space left on device: Redis cannot save to disk and refuses writes: fix its disk, or set stop-writes-on-bgsave-error no',
    ],
    ['MOVED 4478 10.0.0.1:6379', /: this Redis is a cluster: use redis\+cluster:\/\/ in REDIS_URL$/],
    ['Reached the max retries per request limit (which is 0). Refer to …', 'the connection was lost'],
    ['an unexpected error', 'an unexpected error'],
  ])('%j is explained', (message, text) => {
    if (typeof text === 'string') expect(explain(message).text).toBe(text);
    else expect(explain(message).text).toMatch(text);
  });

  it('does not contain command arguments, which may be the password', () => {
    const { text } = explain("ERR unknown command 'AUTH', with args beginning with: 'default' 'secret' ");
    expect(text).toMatch(/^ERR unknown command 'AUTH': this Redis lacks or has renamed a command/);
  });

  it('is of one kind for errors with the same fix', () => {
    const ofCommand = explain("NOPERM this user has no permissions to run the 'set' command");
    const inScript = explain(
      "ERR The user executing the script can't run this command or subcommand script: 0, on @user_script:1.",
    );
    expect(inScript.kind).toBe(ofCommand.kind);
    expect(explain('OOM command not allowed').kind).not.toBe(ofCommand.kind);
  });

  it.each(['LOADING', 'READONLY', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'NOAUTH', 'BUSY'])(
    '%s is an outage',
    (code) => {
      expect(isOutage(`${code} and more words`)).toBe(true);
    },
  );

  it.each(['WRONGTYPE', 'OOM', 'NOPERM', 'MISCONF', 'NOREPLICAS', 'MOVED', 'ERR', 'BUSYGROUP'])(
    '%s concerns one command',
    (code) => {
      expect(isOutage(`${code} and more words`)).toBe(false);
    },
  );

  it('distinguishes connection losses from their causes', () => {
    expect(isConnectionLoss('Connection is closed.')).toBe(true);
    expect(isConnectionLoss("Stream isn't writeable and enableOfflineQueue options is false")).toBe(true);
    expect(isConnectionLoss('read ECONNRESET')).toBe(false);
  });
});
