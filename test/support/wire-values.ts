/** JSON that keeps what SQL values need beyond it: bytes, and numbers that JSON has not. */
export const encode = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Uint8Array) return { $bytes: [...part] };
    if (typeof part === 'number' && (!Number.isFinite(part) || Object.is(part, -0))) {
      return { $number: Object.is(part, -0) ? '-0' : String(part) };
    }
    return part;
  });

export const decode = (text: string): unknown =>
  JSON.parse(text, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null) return part;
    if ('$bytes' in part && Array.isArray(part.$bytes)) return Uint8Array.from(part.$bytes);
    return '$number' in part ? Number(part.$number) : part;
  });
