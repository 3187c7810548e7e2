import { stripVTControlCharacters } from 'node:util'
import { withoutSecrets } from './environment.ts'

const shownCharacters = 1_000

/** The end of what a program wrote to its standard error, fit for a message: no secrets, no control characters. */
export function errorTail(stderr: Buffer): string {
  const text = stripVTControlCharacters(withoutSecrets(stderr.toString('utf8')))
    .replaceAll('\r\n', '\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they could move the cursor of whoever reads this
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ' ')
    .trim()
  return text.length > shownCharacters ? `…${text.slice(-shownCharacters)}` : text
}
