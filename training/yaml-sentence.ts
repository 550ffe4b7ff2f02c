/** What is wrong with a text that is no single YAML document. The parser's own advice for several of them is for programmers. */
export const yamlSentence = ({ code, message }: { readonly code: string; readonly message: string }): string =>
  code === 'MULTIPLE_DOCS' ? 'A second document begins here; a run is one, so put each in a file of its own' : message;
