/** R2 lists and deletes at most this many objects in a call. */
const AT_ONCE = 500;

/** Deletes some of a project's objects; true when none are left. */
export async function clearBucket(bucket: R2Bucket, slug: string): Promise<boolean> {
  for (const prefix of [`${slug}/`, `_incoming/${slug}/`]) {
    const { objects, truncated } = await bucket.list({ prefix, limit: AT_ONCE });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    if (truncated) return false;
  }
  return true;
}
