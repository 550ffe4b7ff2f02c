export interface SourceFile {
  /** Relative to the folder asked for, with `/`. */
  path: string;
  /** Where its bytes are on this machine. */
  file: string;
}

/** Where images come from: a folder of this machine, or a registered dataset. */
export interface Source {
  /** All files under a sub-folder, at any depth, in no order. Throws TrainingError when the sub-folder is missing. */
  files(folder: string): Promise<SourceFile[]>;
  /** Names of the folders directly under a sub-folder, empty ones included. */
  folders(folder: string): Promise<string[]>;
  /** For messages: `/data/cats/train on lab-7`. */
  describe(folder: string): string;
}
