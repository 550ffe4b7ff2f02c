/** Names as parts of metric keys: what a key cannot hold becomes `_`, and two that would be one are numbered. */
export function keyNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const plain = name.replace(/[^A-Za-z0-9_\-. :]/g, '_').slice(0, 100) || '_';
    let key = plain;
    for (let n = 2; taken.has(key); n++) key = `${plain}_${n}`;
    taken.add(key);
    return key;
  });
}
