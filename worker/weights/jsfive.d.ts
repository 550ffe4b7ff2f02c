/** The part of jsfive (pure JavaScript, no types of its own) that reads groups, attributes and data sets. */
declare module 'jsfive' {
  export class Group {
    readonly keys: string[];
    readonly attrs: Record<string, unknown>;
    get(path: string): Group | Dataset | null;
  }
  export class Dataset {
    readonly shape: number[];
    readonly dtype: unknown;
    readonly value: ArrayLike<number>;
  }
  export class File extends Group {
    constructor(bytes: ArrayBuffer, name: string);
  }
}
