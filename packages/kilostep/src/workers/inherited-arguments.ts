/** The flags of Node that this process was started with, without those that are about its own script or debugger. */
export function inheritedArguments(): string[] {
  const args = process.execArgv
  const result: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    if (/^(-e|--eval|-p|--print|-pe)$/.test(arg)) i++
    else if (!/^--(inspect|debug|input-type|test|watch|eval|print|interactive|check)/.test(arg))
      result.push(arg)
  }
  return result
}
