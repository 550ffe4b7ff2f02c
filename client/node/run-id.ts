/** A UUIDv7 (RFC 9562) without dashes: 48 bits of milliseconds, 74 random bits, so that ids sort by creation. */
export function newRunId(now: number, rng: () => number): string {
  const hex = (digits: number) => {
    let text = '';
    while (text.length < digits)
      text += Math.floor(rng() * 65536)
        .toString(16)
        .padStart(4, '0');
    return text.slice(0, digits);
  };
  const variant = (8 + Math.floor(rng() * 4)).toString(16);
  return `${now.toString(16).padStart(12, '0')}7${hex(3)}${variant}${hex(15)}`;
}
