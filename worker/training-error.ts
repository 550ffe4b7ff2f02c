/** What a user can put right: the run fails with this message, and no stack. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
