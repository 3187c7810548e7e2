import { providers } from './providers.ts'

const shapes = [
  /\b(?:sk|pk|rk|key|api)[-_][A-Za-z0-9_*-]{8,}/g,
  /\bAIza[A-Za-z0-9_-]{20,}/g,
  /\bBearer\s+[A-Za-z0-9._~+/=-]{8,}/gi,
  /([?&](?:key|api[_-]?key|token)=)[^&\s"']+/gi,
]

/** Takes keys out of a text that goes to a journal, a log or a screen. Providers repeat the key that they refuse. */
export function withoutSecrets(
  text: string,
  known: readonly (string | undefined)[] = [],
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const variables = [...providers.values()].map(({ kind, variable }) =>
    kind === 'hosted' ? env[variable] : undefined,
  )
  let clean = text
  for (const secret of [...known, ...variables, env['KILOSTEP_API_KEY']]) {
    // A very short one would take letters out of every word.
    if (secret !== undefined && secret.length >= 6) clean = clean.replaceAll(secret, '[secret]')
  }
  for (const shape of shapes)
    clean = clean.replace(shape, (_, kept) => `${typeof kept === 'string' ? kept : ''}[secret]`)
  return clean
}
