import { Argument, type Command } from 'commander'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'

/** `kilostep schema`: the JSON Schemas of what the command reads and writes. */
export function addSchema(program: Command, io: Io): void {
  program
    .command('schema')
    .summary('print the JSON Schema of plans, reports or predictions')
    .description('Prints a JSON Schema, draft 2020-12, for editors and other languages.')
    .addArgument(new Argument('<what>', 'which one').choices(['plan', 'report', 'prediction']))
    .addHelpText('after', '\nExamples:\n  kilostep schema plan > plan.schema.json')
    .action(async (what: 'plan' | 'report' | 'prediction') => {
      const { planJsonSchema, predictionJsonSchema, reportJsonSchema } = await import('@kilostep/core')
      const schemaOf = { plan: planJsonSchema, report: reportJsonSchema, prediction: predictionJsonSchema }
      const schema = schemaOf[what]()
      io.stdout.write(`${JSON.stringify(schema, null, 2)}\n`)
      io.exitWith(exitCode.succeeded)
    })
}
