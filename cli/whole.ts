import { InvalidArgumentError } from 'commander';

/** Reads an option as a whole number within bounds. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(
        most === Number.MAX_SAFE_INTEGER ? `A whole number from ${least}.` : `A whole number from ${least} to ${most}.`,
      );
    }
    return value;
  };
