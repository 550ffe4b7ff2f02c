import { type RefObject, useCallback, useEffect, useLayoutEffect, useState } from 'react';

export interface FixedRows {
  /** Rows first … last − 1 exist. */
  readonly first: number;
  readonly last: number;
  readonly size: number;
  /** Scrolls just enough that a row is whole under the head. */
  reveal(index: number): void;
}

const BLOCK = 8;

/** Rows of one height, so their place is arithmetic; what exists changes in blocks, not with every pixel. */
export function useFixedRows(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  height: number,
  head: number,
): FixedRows {
  const [range, setRange] = useState({ first: 0, last: 40 });
  const look = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const top = Math.max(0, Math.floor(element.scrollTop / height));
    const bottom = Math.ceil((element.scrollTop + element.clientHeight) / height);
    const first = Math.max(0, Math.floor(top / BLOCK) * BLOCK - BLOCK);
    const last = Math.ceil(bottom / BLOCK) * BLOCK + BLOCK;
    setRange((before) => (before.first === first && before.last === last ? before : { first, last }));
  }, [scroller, height]);
  useLayoutEffect(look, [look]);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    element.addEventListener('scroll', look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      observer.disconnect();
    };
  }, [scroller, look]);
  const reveal = useCallback(
    (index: number) => {
      const element = scroller.current;
      if (!element) return;
      const top = index * height;
      const room = element.clientHeight - head;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + height > element.scrollTop + room) element.scrollTop = top + height - room;
      look();
    },
    [scroller, height, head, look],
  );
  return { first: Math.min(range.first, count), last: Math.min(range.last, count), size: count * height, reveal };
}
