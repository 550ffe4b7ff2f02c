/** Progress goes to standard error: standard output holds the result alone. */
export const note = (line: string): void => console.error(line);
