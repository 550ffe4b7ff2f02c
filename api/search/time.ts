const pattern = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Milliseconds since 1970 of an ISO 8601 date or time, UTC unless it says otherwise; null when it is none. */
export function parseTime(text: string): number | null {
  const match = pattern.exec(text);
  if (!match) return null;
  const [year, month, day, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const millis = Number((match[7] ?? '').padEnd(3, '0'));
  if (month! < 1 || month! > 12 || day! < 1 || day! > 31 || hour > 23 || minute > 59 || second > 59) return null;
  const zone = match[8];
  const sign = zone?.startsWith('-') ? -1 : 1;
  const offset = zone && zone !== 'Z' ? sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))) : 0;
  return ((daysSince1970(year!, month!, day!) * 24 + hour) * 60 + minute - offset) * 60_000 + second * 1000 + millis;
}

/** Days from a date of the proleptic Gregorian calendar, by Howard Hinnant's `days_from_civil`. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

const SECONDS = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 } as const;

/** Seconds of `90s`, `5m`, `1h30m`, `7d`, `2w`, the larger units first; null when it is none. */
export function parseDuration(text: string): number | null {
  if (!/^(?=.)(?:\d{1,9}w)?(?:\d{1,9}d)?(?:\d{1,9}h)?(?:\d{1,9}m)?(?:\d{1,9}(?:\.\d{1,3})?s)?$/.test(text)) return null;
  return [...text.matchAll(/([\d.]+)([wdhms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * SECONDS[unit as keyof typeof SECONDS],
    0,
  );
}
