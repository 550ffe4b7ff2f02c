/** Escape sequences (ECMA-48) in a line of a console: a terminal's colours and links, which are no words. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const ESCAPE_SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;
