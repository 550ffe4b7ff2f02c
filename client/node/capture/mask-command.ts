const SECRET_NAME =
  /(passwords?|passwd|passphrase|secrets?|token|(api|access|private)[-_]?keys?|credentials?|authorization)$/i;
/** Values that are secrets wherever they stand: our tokens, those of well-known services, JSON web tokens. */
const SECRET_VALUE =
  /\b(tdm[0-9a-z]{37}|sk-[\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|hf_\w{20,}|xox[abprs]-[\w-]{10,}|A(KIA|SIA)[0-9A-Z]{16}|AIza[\w-]{30,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)/g;
const MASK = '***';
const MOST_PARTS = 500;
const LONGEST = 2000;

/**
 * A command line that may be shown: values of options and variables whose names say that they are secret, passwords in addresses and
 * what looks like a token become `***`.
 */
export function maskCommand(argv: readonly string[]): string[] {
  const masked: string[] = [];
  let secretNext = false;
  for (const part of argv.slice(0, MOST_PARTS)) {
    const option = /^(-{1,2}[\w.-]+|[A-Za-z_]\w*)=(.*)$/s.exec(part);
    if (secretNext && !part.startsWith('--')) masked.push(MASK);
    else if (option && SECRET_NAME.test(option[1]!)) masked.push(`${option[1]}=${MASK}`);
    else masked.push(maskText(part).slice(0, LONGEST));
    secretNext = /^--?[\w.-]+$/.test(part) && SECRET_NAME.test(part);
  }
  return masked;
}

/** The same of any text: an address, say. */
export const maskText = (text: string): string =>
  text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${MASK}@`)
    .replaceAll(/([?&][^=&\s]*(?:token|secret|key|password|signature|auth)[^=&\s]*=)[^&\s#]+/gi, `$1${MASK}`)
    .replaceAll(SECRET_VALUE, MASK);
