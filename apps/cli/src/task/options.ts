import type { Command } from 'commander'

/** The options of a task that a model splits. */
export function addTaskOptions(command: Command): Command {
  return command
    .option(
      '--model <model>',
      'have this model split the task: openai:gpt-5-mini, ollama:llama3.2, http://…/v1#name',
    )
    .option('--price <in,out>', 'what a million tokens of the model cost, in US dollars: 0.25,2')
    .option('--workers <file>', 'a module that exports the workers (default: general ones on the model)')
    .option('--judge <model>', 'a model that judges the answers of the general workers, best another one')
    .option('--judge-price <in,out>', 'what a million tokens of the judge cost')
    .option(
      '--given <file>',
      'data for the task, as JSON: the plan can refer to its parts and go over its lists',
    )
    .option('--samples <number>', 'ask for so many plans and take the best (default: 1)')
    .option('--rounds <number>', 'how often the model may mend a plan with faults (default: 3)')
    .option('--depth <number>', 'how deep parts may be split further when their turn comes (default: 2)')
    .option('--save <file>', 'write the plan as JSON, to be changed and run')
}
