import { type S3Client, succeeded, tagOf } from './s3-client.ts';

/** What S3 copies in one request. */
const MOST = 5 * 2 ** 30;
const PART = 2 ** 30;

/** Copies an object inside the bucket; none of its bytes come here. @throws BlobUnavailableError */
export async function copyObject(
  client: S3Client,
  bucket: string,
  { from, to, size }: { from: string; to: string; size: number },
): Promise<void> {
  const source = { 'x-amz-copy-source': `/${bucket}/${from.split('/').map(encodeURIComponent).join('/')}` };
  if (size <= MOST) {
    await copied(await client.send('PUT', to, { headers: source }));
    return;
  }
  const begun = await succeeded(await client.send('POST', to, { query: { uploads: '' } }), 'begin a copy');
  const uploadId = tagOf(await begun.text(), 'UploadId')!;
  let parts = '';
  for (let at = 0, part = 1; at < size; at += PART, part++) {
    const range = { 'x-amz-copy-source-range': `bytes=${at}-${Math.min(size, at + PART) - 1}` };
    const query = { partNumber: String(part), uploadId };
    const etag = await copied(await client.send('PUT', to, { query, headers: { ...source, ...range } }));
    parts += `<Part><PartNumber>${part}</PartNumber><ETag>${etag}</ETag></Part>`;
  }
  const body = `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
  await copied(await client.send('POST', to, { query: { uploadId }, body }));
}

/** S3 may say 200 first and find out afterwards that it failed. */
async function copied(response: Response): Promise<string> {
  const xml = await (await succeeded(response, 'copy')).text();
  const etag = tagOf(xml, 'ETag');
  if (etag === null) await succeeded(new Response(xml, { status: 500 }), 'copy');
  return etag!;
}
