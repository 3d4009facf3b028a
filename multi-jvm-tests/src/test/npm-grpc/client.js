// A device that speaks gRPC through another make of it than the node's: asks for the status, is refused without a token,
// writes a document as JSON and reads it, proves its key in Sync, hands over one change and prints what it was told, as one
// line of JSON. Arguments: ADDRESS TOKEN FOLDER-OF-PROTOS NEW-DOCUMENT DOCUMENT HASH CHANGE, the last three in hexadecimal.
'use strict';

const crypto = require('node:crypto');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [address, token, protos, fresh, document, hash, change] = process.argv.slice(2);
const definition = loader.loadSync('elohim/node/v1/node.proto', { includeDirs: [protos], longs: Number, enums: String, oneofs: true });
const { ElohimNode } = grpc.loadPackageDefinition(definition).elohim.node.v1;
const client = new ElohimNode(address, grpc.credentials.createInsecure());
const bearer = new grpc.Metadata();
bearer.set('authorization', `Bearer ${token}`);

const status = (metadata) =>
  new Promise((resolve) =>
    client.GetStatus({}, metadata, (error, answer) =>
      resolve(error ? { code: error.code, words: error.details } : answer)));

const asked = (method, message) =>
  new Promise((resolve) =>
    client[method](message, bearer, (error, answer) =>
      resolve(error ? { code: error.code, words: error.details } : answer)));

const got = (hash, offset, known) =>
  new Promise((resolve) => {
    // The hash of all of it, of which the beginning is known.
    const digest = crypto.createHash('sha256').update(known);
    let size = 0;
    client
      .GetBlob({ hash, offset }, bearer)
      .on('data', ({ data }) => {
        size += data.length;
        digest.update(data);
      })
      .on('end', () => resolve({ size, hash: digest.digest('hex') }))
      .on('error', (error) => resolve({ code: error.code, words: error.details }));
  });

const blob = async () => {
  const content = crypto.randomBytes(3000000);
  const put = await new Promise((resolve) => {
    const call = client.PutBlob(bearer, (error, answer) =>
      resolve(error ? { code: error.code, words: error.details } : { size: answer.size, hash: answer.hash.toString('hex') }));
    for (let offset = 0; offset < content.length; offset += 100000) {
      call.write({ offset, data: content.subarray(offset, offset + 100000) });
    }
    call.end();
  });
  return { put, got: await got(Buffer.from(put.hash ?? '', 'hex'), 1000000, content.subarray(0, 1000000)) };
};

// The last 32 bytes of an Ed25519 public key in its usual wrapping are the key itself.
const raw = (key) => key.export({ type: 'spki', format: 'der' }).subarray(-32);

const sync = () =>
  new Promise((resolve) => {
    const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
    const call = client.Sync(bearer);
    const heard = [];
    let acknowledged = 0;
    call.on('data', (frame) => {
      const { message } = frame;
      if (!message) return;
      heard.push(message);
      if (message === 'challenge') {
        const { identity, nonce } = frame.challenge;
        const label = Buffer.from('elohim sync hello 1\n');
        const proof = crypto.sign(null, Buffer.concat([label, raw(publicKey), identity, nonce]), privateKey);
        call.write({ hello: { version: 1, identity: raw(publicKey), streamEpoch: 1, streamRun: 1, attempt: 1, proof } });
      } else if (message === 'hello') {
        const event = {
          document: Buffer.from(document, 'hex'),
          hashes: [Buffer.from(hash, 'hex')],
          kind: 'LOCAL',
          changes: [Buffer.from(change, 'hex')],
        };
        call.write({ events: { firstPosition: 1, events: [event] } });
      } else if (message === 'ack' && frame.ack.tier === 'ACCEPTED') {
        acknowledged = frame.ack.position;
        call.end();
      }
    });
    call.on('error', (error) => heard.push(error.details));
    call.on('status', (end) => resolve({ heard, acknowledged, code: end.code }));
  });

(async () => {
  const told = {
    status: await status(bearer),
    nobody: await status(new grpc.Metadata()),
    made: await asked('PutDocument', { document: fresh, json: '{"a":1}' }),
    put: await asked('PutDocument', { document: fresh, json: '{"b":2}', etag: '*' }),
    got: await asked('GetDocument', { document: fresh }),
    stale: await asked('PutDocument', { document: fresh, json: '{}' }),
    absent: await got(Buffer.alloc(32), 0, Buffer.alloc(0)),
    blob: await blob(),
    sync: await sync(),
  };
  console.log(JSON.stringify(told));
  client.close();
})();
