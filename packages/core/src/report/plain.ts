// Escape sequences of terminals: CSI (colours, cursor), OSC and its like (titles, links), and two-character ones.
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
// Marks that turn the direction of text round can make a line say the opposite of what it holds.
const marks = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g

/**
 * A text from anywhere, fit for a terminal: no escape sequences, no control characters, no marks that reorder what is
 * shown. In one line, unless `lines` are kept.
 */
export function plainText(text: string, { lines = false }: { readonly lines?: boolean } = {}): string {
  const safe = text
    .replaceAll('\r\n', '\n')
    .replaceAll(sequences, '')
    .replaceAll(controls, '\ufffd')
    .replaceAll(marks, '')
  return lines ? safe : safe.replaceAll(/[\s\u2028\u2029]+/g, ' ').trim()
}

/** A plain text that takes at most `width` characters, cut in such a way that one sees it is. */
export function fitted(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}
