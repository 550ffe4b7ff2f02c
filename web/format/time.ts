const day = 86_400_000;

/** Within seven days relative to now, else the local date and minute. Times in milliseconds since 1970. */
export function formatTime(at: number, now: number): string {
  const age = now - at;
  if (Math.abs(age) < 10_000) return 'just now';
  if (Math.abs(age) < 7 * day) return age > 0 ? `${span(age)} ago` : `in ${span(-age)}`;
  return formatDate(at);
}

function span(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-11-24 08:10`, in the browser's zone. */
export function formatDate(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${formatClock(at).slice(0, 5)}`;
}

/** `08:10:05`, in the browser's zone. */
export function formatClock(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** For titles: the whole moment with its zone. */
export function formatMoment(at: number): string {
  const offset = -new Date(at).getTimezoneOffset();
  const sign = offset < 0 ? '−' : '+';
  const zone =
    offset === 0 ? 'UTC' : `UTC${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${formatDate(at)}:${formatClock(at).slice(6)} ${zone}`;
}
