import type { Screen } from './io.ts'

/** Whether to colour what goes to a screen: https://no-color.org and FORCE_COLOR, then whether it is a terminal. */
export function useColor(screen: Screen, env: Readonly<Record<string, string | undefined>>): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = env
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return screen.isTTY && TERM !== 'dumb'
}
