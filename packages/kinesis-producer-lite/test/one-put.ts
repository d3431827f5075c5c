import { KinesisProducer } from '../index.js';

/** A program that puts one record, optionally closes the producer, and must then exit on its own. */
const [port, streamName = '', closes] = process.argv.slice(2);
const producer = await KinesisProducer.start({
  streamName,
  client: {
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  },
  workers: 2,
});
await producer.put('k', 'v');
if (closes === 'close') await producer.close();
console.log('end of program');
