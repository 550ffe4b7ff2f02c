import { readS3 } from '@tidemark/api/s3-settings';
import { expect, test } from 'vitest';

const env = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-central-1' };

test('a bucket, its prefix, and what AWS’s tools read from the environment', () => {
  expect(readS3('s3://my-bucket/some/where/', env)).toEqual({
    settings: {
      bucket: 'my-bucket',
      prefix: 'some/where',
      endpoint: undefined,
      region: 'eu-central-1',
      accessKeyId: 'id',
      secretAccessKey: 'secret',
      sessionToken: undefined,
      direct: true,
    },
    problems: [],
  });
  const own = { ...env, AWS_REGION: '', AWS_ENDPOINT_URL: 'http://127.0.0.1:9000', AWS_SESSION_TOKEN: 't' };
  expect(readS3('s3://my-bucket?direct=false', own)?.settings).toMatchObject({
    prefix: '',
    endpoint: 'http://127.0.0.1:9000',
    region: 'us-east-1',
    sessionToken: 't',
    direct: false,
  });
  expect(readS3('/a/folder', env)).toBeNull();
});

test.each([
  ['s3://', env, 1],
  ['s3://Bucket', env, 1],
  ['s3://bucket/../x', env, 1],
  ['s3://bucket?other=1', env, 1],
  ['s3://bucket', {}, 3],
  ['s3://bucket', { ...env, AWS_ENDPOINT_URL_S3: 'ftp://x' }, 1],
])('%s is refused, every problem at once', (address, given, count) => {
  const read = readS3(address, given);
  expect([read?.settings, read?.problems.length]).toEqual([null, count]);
});
