import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { KilostepError, quote } from '@kilostep/core'

/** A file as an answer: where it is, and the digest that says whether it is still the same. */
export interface Artefact {
  readonly artefact: string
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string
  readonly bytes: number
}

/** Names the file at `path`. Rejects where it cannot be read. */
export async function artefactOf(path: string): Promise<Artefact> {
  const whole = resolve(path)
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(whole)) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  return { artefact: whole, digest: `sha256:${hash.digest('hex')}`, bytes }
}

/**
 * The path of an artefact that is still what it was when it was named.
 *
 * @throws KilostepError `artefact-changed` where the file is gone or has other content.
 */
export async function verifiedPath(artefact: Artefact): Promise<string> {
  let now: Artefact
  try {
    now = await artefactOf(artefact.artefact)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new KilostepError(
      'artefact-changed',
      `The file ${quote(artefact.artefact)} cannot be read any more: ${why}`,
    )
  }
  if (now.digest === artefact.digest) return now.artefact
  throw new KilostepError(
    'artefact-changed',
    `The file ${quote(artefact.artefact)} has changed since it was named (${artefact.digest}, now ${now.digest}). Run the subtask that wrote it again.`,
  )
}
