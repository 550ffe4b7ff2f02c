const MOST = 2 ** 20;

/**
 * Takes what is left of a request's body when it was answered without it. The runtime would close the connection under a client that is
 * still sending, which then never sees the answer. Of a large one that is right: it should stop.
 */
export async function drain(request: Request): Promise<void> {
  if (!request.body || request.bodyUsed) return;
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  let taken = 0;
  while (taken < MOST) {
    const { done, value } = await reader.read();
    if (done) return;
    taken += value.byteLength;
  }
  await reader.cancel();
}
