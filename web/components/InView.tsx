import { type ReactNode, useEffect, useRef, useState } from 'react';
import { PanelBoundary } from './PanelBoundary.tsx';

/** Its children exist while they are within one screen of the viewport; else a block of their size stands in. */
export function InView({ height, children }: { height: number; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new IntersectionObserver(([entry]) => setNear(entry?.isIntersecting ?? false), {
      rootMargin: '100% 0px',
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={box} style={{ minHeight: near ? undefined : height, minWidth: 0 }}>
      {near && <PanelBoundary>{children}</PanelBoundary>}
    </div>
  );
}
