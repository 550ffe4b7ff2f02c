/** Its own types are not reachable through its `exports`. */
declare module 'tinykeys' {
  /** Answers what removes the bindings. */
  export function tinykeys(
    target: Window | HTMLElement,
    bindings: Record<string, (event: KeyboardEvent) => void>,
  ): () => void;
}
