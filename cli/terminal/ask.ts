import { createInterface } from 'node:readline/promises';
import { EXIT, Failure } from '../failure.ts';

/**
 * What a person types after a question.
 * @param instead the option that says the same where nobody sits at a terminal
 * @throws Failure wrong usage (2) without a terminal
 */
export async function ask(question: string, instead: string): Promise<string> {
  if (!process.stdin.isTTY) throw new Failure(instead, { exit: EXIT.usage });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}
