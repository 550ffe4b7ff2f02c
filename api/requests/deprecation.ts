import type { Route } from '../contract/route.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and a link to what is said about it, for a route that will go; else nothing. */
export function deprecationHeaders({ deprecated }: Route): Record<string, string> {
  if (!deprecated) return {};
  const [year, month, day] = partsOf(deprecated.sunset);
  const weekday = DAYS[(((dayNumber(deprecated.sunset) + 4) % 7) + 7) % 7];
  return {
    deprecation: `@${dayNumber(deprecated.since) * 86_400}`,
    sunset: `${weekday}, ${String(day).padStart(2, '0')} ${MONTHS[month - 1]} ${year} 00:00:00 GMT`,
    link: '</docs#versions>; rel="deprecation"; type="text/html"',
  };
}

function partsOf(date: string): [year: number, month: number, day: number] {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!match) throw new TypeError(`${date} is no day: YYYY-MM-DD`);
  return [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** Days since 1970-01-01 ("days_from_civil", H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
function dayNumber(date: string): number {
  const [y, m, d] = partsOf(date);
  const year = m <= 2 ? y - 1 : y;
  const era = Math.floor(year / 400);
  const ofEra = year - era * 400;
  const ofYear = Math.floor((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}
