import { describe, expect, it } from '@jest/globals';
import { explain, isLoss, isOutage } from './causes.js';

describe('what Redis says', () => {
  it.each([
    // As ioredis, Node, and OpenSSL word it, and what people read.
    [
      'Unknown RESP type 72 "H". Please report this.',
      'Unknown RESP type 72 "H": something else than a Redis answers there: check the port in REDIS_URL',
    ],
    [
      '80CCEB56887F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/record.c:350:\n',
      'wrong version number: this port does not speak TLS: write redis://',
    ],
    [
      "Hostname/IP does not match certificate's altnames: Host: localhost. is not in the cert's altnames: DNS:redis",
      /altnames: DNS:redis: its certificate is for another name: use that one in REDIS_URL$/,
    ],
    ['certificate has expired', /: its certificate is not trusted here: see NODE_EXTRA_CA_CERTS$/],
    [
      'C0:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../ssl/rec_layer_s3.c:1605:SSL alert number 116\n',
      /: this Redis wants a certificate of its clients: set tls-auth-clients no$/,
    ],
    [
      'All sentinels are unreachable. Retrying from scratch after 10ms. Last error: ERR No such master with that name',
      'no sentinel tells the master: ERR No such master with that name: the sentinels know no master of the name in REDIS_URL',
    ],
    [
      "Socket timeout. Expecting data, but didn't receive any in 2000ms.",
      /^no answer for 2000 ms: if it never answered/,
    ],
    [
      'MISCONF Errors writing to the AOF file: No space left on device script: 872bc6701b4ac00ebb820e81652ffe2b4bc16f1b, on @user_script:1.',
      'MISCONF Errors writing to the AOF file: No space left on device: Redis cannot save to disk and refuses writes: mend its disk, or set stop-writes-on-bgsave-error no',
    ],
    ['MOVED 4478 10.0.0.1:6379', /: this Redis is a cluster: write redis\+cluster:\/\/ in REDIS_URL$/],
    ['Reached the max retries per request limit (which is 0). Refer to …', 'the connection was lost'],
    ['something nobody has thought of', 'something nobody has thought of'],
  ])('%j is explained', (message, text) => {
    if (typeof text === 'string') expect(explain(message).text).toBe(text);
    else expect(explain(message).text).toMatch(text);
  });

  it('is explained without what was sent: it may be the password', () => {
    const { text } = explain("ERR unknown command 'AUTH', with args beginning with: 'default' 'secret' ");
    expect(text).toMatch(/^ERR unknown command 'AUTH': this Redis lacks a command or renamed it/);
  });

  it('is of one kind when it is mended in one way', () => {
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
    '%s is about one command',
    (code) => {
      expect(isOutage(`${code} and more words`)).toBe(false);
    },
  );

  it('is nothing where a connection was lost', () => {
    expect(isLoss('Connection is closed.')).toBe(true);
    expect(isLoss("Stream isn't writeable and enableOfflineQueue options is false")).toBe(true);
    expect(isLoss('read ECONNRESET')).toBe(false);
  });
});
