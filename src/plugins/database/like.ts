/**
 * A LIKE pattern as a test of texts that minds case: `%` is any run of characters, `_` is one character.
 * The parts between two `%` are looked for one after the other and never again, so that no pattern makes the
 * time grow with a power of the text's length, as a single regular expression would.
 */
export function compileLike(pattern: string): (text: string) => boolean {
  const parts = pattern.split(/%+/).map(fixedLength);
  if (parts.length === 1) {
    const whole = new RegExp(`^${parts[0]}$`, 'u');
    return (text) => whole.test(text);
  }
  const expressions = parts.map((part, index) => new RegExp(index === 0 ? `^${part}` : index === parts.length - 1 ? `${part}$` : part, 'gu'));
  return (text) => {
    let position = 0;
    for (const expression of expressions) {
      expression.lastIndex = position;
      if (!expression.test(text)) return false;
      position = expression.lastIndex;
    }
    return true;
  };
}

/** A part without `%`: each of its characters matches one character. */
function fixedLength(part: string): string {
  return part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replace(/_/g, '[^]');
}
