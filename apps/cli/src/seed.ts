/** A seed that is a number in code is the same number on the command line, so that a run can be repeated either way. */
export function seedOf(text: string): string | number {
  return /^(0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text
}
