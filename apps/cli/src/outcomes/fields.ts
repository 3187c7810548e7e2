import { KilostepError, quote } from '@kilostep/core'

/** What is needed of each outcome, by the name that the file has for it. */
export type Fields = Readonly<Record<'case' | 'trial' | 'passed', string>>

const own: Fields = { case: 'case', trial: 'trial', passed: 'passed' }

/**
 * Reads `case=task_id,passed=reward`.
 *
 * @throws KilostepError `usage`.
 */
export function readFields(said: string | undefined): Fields {
  if (said === undefined) return own
  const pairs = said.split(',').map((pair) => pair.split('='))
  const wrong = pairs.find(
    ([name = '', field = '', ...rest]) => !Object.hasOwn(own, name) || field === '' || rest.length > 0,
  )
  if (wrong !== undefined) {
    throw new KilostepError(
      'usage',
      `--fields takes the names that the file has for case, trial and passed, like case=task_id,passed=reward, not ${quote(wrong.join('='))}.`,
    )
  }
  return { ...own, ...Object.fromEntries(pairs) }
}
