/** The part of a WebSocket that hints need; a browser's, Node 22's and the `ws` package's all have it. */
export interface SocketLike {
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  close(): void;
}

export interface LiveOptions {
  /** `client.base`. */
  base: string;
  /** "Look now": something may have changed. A hint carries no truth, so a lost one costs time only. */
  onHint(): void;
  /** Told when hints begin to arrive by push (true) or by the clock (false). */
  onState?(pushed: boolean): void;
  /** Opens a socket. In a browser the global WebSocket with its cookie; elsewhere give one that sends the token. Null: poll only. */
  connect?: ((url: string) => SocketLike) | null;
  /** Uniform in [0, 1). */
  rng(): number;
  setTimer(run: () => void, milliseconds: number): unknown;
  clearTimer(timer: unknown): void;
  /** While no socket is open: between hints, at first and at most. */
  pollMs?: { first: number; cap: number };
}

export interface Live {
  /** The caller saw a change (or expects one soon): poll quickly again. */
  stir(): void;
  close(): void;
}

/**
 * Hints that something changed. Two states. Pushed: a socket is open; each message is a hint, and so is its opening, because
 * something may have been missed. Polling: no socket; a hint comes by the clock, from `first` growing to `cap` with jitter,
 * and each poll that is due also tries the socket again.
 */
export function openLive(options: LiveOptions): Live {
  const { onHint, rng, setTimer, clearTimer, pollMs = { first: 2000, cap: 60_000 } } = options;
  const url = `${options.base.replace(/^http/, 'ws')}/live`;
  const connect = options.connect === undefined ? browserSocket() : options.connect;
  let socket: SocketLike | null = null;
  let pushed: boolean | null = null;
  let closed = false;
  let pause = pollMs.first;
  let timer: unknown;

  function become(next: boolean): void {
    if (pushed === next) return;
    pushed = next;
    options.onState?.(next);
  }

  function open(): void {
    if (!connect || socket) return;
    try {
      const opened = connect(url);
      socket = opened;
      opened.onopen = () => {
        if (socket !== opened || closed) return;
        clearTimer(timer);
        pause = pollMs.first;
        become(true);
        onHint();
      };
      opened.onmessage = () => {
        if (socket === opened && !closed) onHint();
      };
      opened.onerror = () => {};
      opened.onclose = () => {
        if (socket !== opened) return;
        socket = null;
        if (closed) return;
        if (pushed !== false) schedule();
        become(false);
      };
    } catch {
      socket = null;
    }
  }

  function schedule(): void {
    clearTimer(timer);
    // Between half and the whole of the pause, so that many clients spread.
    timer = setTimer(
      () => {
        if (closed || pushed) return;
        onHint();
        open();
        pause = Math.min(pollMs.cap, pause * 1.5);
        schedule();
      },
      pause * (0.5 + rng() / 2),
    );
  }

  schedule();
  open();
  if (!socket) become(false);

  return {
    stir() {
      pause = pollMs.first;
      if (!closed && !pushed) schedule();
    },
    close() {
      closed = true;
      clearTimer(timer);
      const open = socket;
      socket = null;
      open?.close();
    },
  };
}

function browserSocket(): ((url: string) => SocketLike) | null {
  if (typeof WebSocket === 'undefined') return null;
  return (url) => new WebSocket(url) as SocketLike;
}
