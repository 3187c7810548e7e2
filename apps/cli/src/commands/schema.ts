import { Argument, type Command } from 'commander'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'

const names = ['plan', 'report', 'prediction', 'trial', 'outcomes'] as const

/** `kilostep schema`: the JSON Schemas of what the command reads and writes. */
export function addSchema(program: Command, io: Io): void {
  program
    .command('schema')
    .summary('print the JSON Schema of plans, reports, predictions, trials or outcomes')
    .description('Prints a JSON Schema, draft 2020-12, for editors and other languages.')
    .addArgument(new Argument('<what>', 'which one').choices(names))
    .addHelpText('after', '\nExamples:\n  kilostep schema plan > plan.schema.json')
    .action(async (what: (typeof names)[number]) => {
      const core = await import('@kilostep/core')
      const schemaOf = {
        plan: core.planJsonSchema,
        report: core.reportJsonSchema,
        prediction: core.predictionJsonSchema,
        trial: core.gateJsonSchema,
        outcomes: core.outcomesJsonSchema,
      }
      const schema = schemaOf[what]()
      io.stdout.write(`${JSON.stringify(schema, null, 2)}\n`)
      io.exitWith(exitCode.succeeded)
    })
}
