// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

/** A line of a console without its escape sequences (ECMA-48): a terminal's colours and links are no words. */
export const plainText = (text: string): string => (text.includes('\u001b') ? text.replaceAll(SEQUENCE, '') : text);
