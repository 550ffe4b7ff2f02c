/** The tide and its mark. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        d="M3 23c4.3 0 4.3-4.5 8.6-4.5s4.4 4.5 8.8 4.5 4.3-4.5 8.6-4.5"
        fill="none"
        stroke="var(--accent)"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <path d="M3 10h16" stroke="var(--mark)" strokeWidth="3" strokeLinecap="round" />
      <path d="M19 5.5h10l-3 4.5 3 4.5H19z" fill="var(--mark)" />
    </svg>
  );
}
