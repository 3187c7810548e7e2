import { withoutSecrets } from 'kilostep'

const shapes = [
  /\b(?:sk|pk|rk|key|api)[-_][A-Za-z0-9_*-]{8,}/g,
  /\bAIza[A-Za-z0-9_-]{20,}/g,
  /\bBearer\s+[A-Za-z0-9._~+/=-]{8,}/gi,
  /([?&](?:key|api[_-]?key|token)=)[^&\s"']+/gi,
]
const shortest = 6

/**
 * Takes keys out of a text that goes to a journal, a log or a screen, by their values where these are known and by
 * their looks: providers repeat the key that they refuse.
 */
export function withoutKeys(text: string, known: readonly (string | undefined)[]): string {
  let clean = withoutSecrets(text)
  for (const secret of known) {
    // A very short one would take letters out of every word.
    if (secret !== undefined && secret.length >= shortest) clean = clean.replaceAll(secret, '[secret]')
  }
  for (const shape of shapes)
    clean = clean.replace(shape, (_, kept) => `${typeof kept === 'string' ? kept : ''}[secret]`)
  return clean
}
