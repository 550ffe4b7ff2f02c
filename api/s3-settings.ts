/** An S3 bucket and who may use it. */
export interface S3Settings {
  readonly bucket: string;
  /** Of every key; without slashes at its ends. */
  readonly prefix: string;
  /** An S3-compatible server’s address; none: Amazon’s. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** Whether clients may be let in to the store by signed addresses. */
  readonly direct: boolean;
}

/**
 * `s3://BUCKET[/PREFIX][?direct=false]`, with what AWS's own tools read from the environment. Null for anything that is no such
 * address.
 */
export function readS3(
  address: string,
  env: Readonly<Record<string, string | undefined>>,
): { settings: S3Settings | null; problems: string[] } | null {
  const match = /^s3:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(address);
  if (!match) return null;
  const problems: string[] = [];
  const [, bucket = '', prefix = '', query = ''] = match;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    problems.push(`${address}: looks like s3://BUCKET or s3://BUCKET/PREFIX.`);
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) {
    if (name !== 'direct') problems.push(`${address}: knows no \`${name}\`; only direct=false.`);
  }
  if (!/^[\w./-]*$/.test(prefix) || prefix.split('/').includes('..')) {
    problems.push(`${address}: a prefix is of letters, digits and . _ - /.`);
  }
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined;
  if (endpoint && !/^https?:\/\/[^/]+\/?$/.test(endpoint)) {
    problems.push(`AWS_ENDPOINT_URL_S3=${endpoint}: an address such as https://s3.example.com.`);
  }
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
    if (!env[name]) problems.push(`${name}: needed for ${address}.`);
  }
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || (endpoint ? 'us-east-1' : '');
  if (!region) problems.push(`AWS_REGION: needed for ${address}.`);
  if (problems.length > 0) return { settings: null, problems };
  return {
    settings: {
      bucket,
      prefix: prefix.replace(/^\/+|\/+$/g, ''),
      endpoint,
      region,
      accessKeyId: env.AWS_ACCESS_KEY_ID!,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY!,
      sessionToken: env.AWS_SESSION_TOKEN || undefined,
      direct: parameters.get('direct') !== 'false',
    },
    problems,
  };
}
